//! PyTorch files made by hand, to damage at will.

/// A zip archive of stored entries; checksums are left 0, which nothing here looks at.
pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, contents) in entries {
        let size = (contents.len() as u32).to_le_bytes();
        let name_length = (name.len() as u16).to_le_bytes();
        let place = (file.len() as u32).to_le_bytes();
        // Version, flags, method, time and date, checksum; then sizes and lengths.
        let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &size, &size, &name_length];
        let common = [&common.concat()[..], &[0, 0]].concat();
        file.extend([b"PK\x03\x04", &common[..], name.as_bytes(), contents].concat());
        let rest = [&[0; 10][..], &place, name.as_bytes()].concat();
        directory.extend([b"PK\x01\x02\x14\x00", &common[..], &rest].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (size, start) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count].concat());
    file.extend([&size.to_le_bytes()[..], &start.to_le_bytes(), &[0, 0]].concat());
    file
}

/// `SHORT_BINUNICODE`
fn text(text: &str) -> Vec<u8> {
    [&[0x8c, text.len() as u8], text.as_bytes()].concat()
}

/// `BININT`
fn int(value: i32) -> Vec<u8> {
    [&b"J"[..], &value.to_le_bytes()].concat()
}

fn tuple(values: &[i32]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|&value| int(value)).collect();
    [&b"("[..], &values, b"t"].concat()
}

/// The pickle of a tensor: a view of the storage in entry `data/NAME`.
pub(crate) fn tensor(
    storage: (&str, &str),
    offset: i32,
    shape: &[i32],
    strides: &[i32],
) -> Vec<u8> {
    let (class, name) = storage;
    let class = format!("ctorch\n{class}\n").into_bytes();
    let storage =
        [b"(".to_vec(), text("storage"), class, text(name), text("cpu"), int(0), b"tQ".to_vec()];
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec(),
        storage.concat(),
        int(offset),
        tuple(shape),
        tuple(strides),
        b"\x89ccollections\nOrderedDict\n)RtR".to_vec(),
    ]
    .concat()
}

/// The pickle of a dictionary of values that are pickles.
pub(crate) fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<u8> =
        entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [&b"}("[..], &entries, b"u"].concat()
}

/// A whole file: the pickle, with its frame and end, and storages by name.
pub(crate) fn file(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let pickle = [b"\x80\x02", pickle, b"."].concat();
    let names: Vec<String> =
        storages.iter().map(|(name, _)| format!("archive/data/{name}")).collect();
    let storages = names.iter().zip(storages).map(|(name, (_, bytes))| (name.as_str(), *bytes));
    let entries: Vec<(&str, &[u8])> =
        [("archive/data.pkl", &pickle[..]), ("archive/byteorder", b"little")]
            .into_iter()
            .chain(storages)
            .collect();
    zip(&entries)
}
