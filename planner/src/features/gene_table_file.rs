//! A block as a file: CSV with its name, source and licence in comment lines above the header, so
//! that people, spreadsheets and data frames read it too.

use std::fmt::Write;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::gene_numbers::GeneNumbers;
use super::gene_table::GeneTable;
use crate::error::PlanError;

const MARK: &str = "# nextwell features 1";
/// First bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Largest block, unpacked.
const MOST_BYTES: u64 = 512 << 20;

impl GeneTable {
    /// The block as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{MARK}\n");
        for (key, value) in
            [("name", self.name()), ("source", self.source()), ("licence", self.licence())]
        {
            let _ = writeln!(text, "# {key}: {}", value.replace(['\n', '\r'], " "));
        }
        text.push_str("gene");
        (1..=self.width()).for_each(|j| {
            let _ = write!(text, ",{}_{j}", self.name());
        });
        for (row, gene) in self.genes().iter().enumerate() {
            let quoted = gene.contains([',', '"', '\n']);
            let gene =
                if quoted { format!("\"{}\"", gene.replace('"', "\"\"")) } else { gene.clone() };
            let _ = write!(text, "\n{gene}");
            self.row(row as u32).iter().for_each(|value| {
                let _ = write!(text, ",{value}");
            });
        }
        text.push('\n');
        text
    }

    /// Reads a file of [`GeneTable::to_text`], packed with gzip or not.
    ///
    /// # Errors
    /// [`PlanError::BadTable`], as [`GeneTable::from_text`]; more than 512 MiB, or no text.
    pub fn from_bytes(file: &str, content: &[u8]) -> Result<Self, PlanError> {
        let refuse = |reason: String| PlanError::BadTable { table: file.into(), reason };
        let mut reader: Box<dyn Read> = match content.starts_with(&GZIP) {
            true => Box::new(MultiGzDecoder::new(content)),
            false => Box::new(content),
        };
        let mut bytes = Vec::new();
        let done = reader.by_ref().take(MOST_BYTES + 1).read_to_end(&mut bytes);
        done.map_err(|error| refuse(format!("cannot be unpacked: {error}")))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(refuse("larger than 512 MiB; use fewer --components".to_owned()));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| refuse("no text; give what nextwell features build wrote".to_owned()))?;
        Self::from_text(file, &text)
    }

    /// Reads what [`GeneTable::to_text`] wrote.
    ///
    /// # Errors
    /// [`PlanError::BadTable`]: not such a file, with what to do; or the line that is wrong.
    pub fn from_text(file: &str, text: &str) -> Result<Self, PlanError> {
        let refuse =
            |reason: &str| PlanError::BadTable { table: file.into(), reason: reason.into() };
        if text.lines().next() != Some(MARK) {
            return Err(refuse(
                "not a built block; build one from your table: nextwell features build FILE",
            ));
        }
        let noted = |key: &str| {
            let mut notes = text.lines().take_while(|line| line.starts_with('#'));
            let start = format!("# {key}: ");
            let note = notes.find_map(|line| line.strip_prefix(&start));
            note.ok_or_else(|| refuse(&format!("no line `# {key}: …` at the top")))
        };
        let (name, source, licence) = (noted("name")?, noted("source")?, noted("licence")?);
        GeneNumbers::read_table(file, text)?.block(name, source, licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_from_its_file_to_the_last_bit() {
        let genes = ["MYB", "GATA3", "odd, \"name\""].map(str::to_owned);
        let values = vec![0.1, -2.5e-7, 3.0, 1.0 / 3.0, 5.0, 1e20];
        let table = GeneTable::new("mine", "the lab, v2", "CC0", &genes, 2, values).unwrap();
        let back = GeneTable::from_text("f", &table.to_text()).unwrap();
        assert_eq!(back.genes(), table.genes());
        assert_eq!((back.name(), back.source(), back.licence()), ("mine", "the lab, v2", "CC0"));
        (0..3).for_each(|row| assert_eq!(back.row(row), table.row(row)));
        insta::assert_snapshot!(
            GeneTable::new("m", "s", "l", &genes[..1], 2, vec![1.0, 2.5]).unwrap().to_text(),
            @r"
        # nextwell features 1
        # name: m
        # source: s
        # licence: l
        gene,m_1,m_2
        MYB,1,2.5
        "
        );
    }

    #[test]
    fn any_other_table_is_sent_to_the_builder() {
        let error = GeneTable::from_text("f.csv", "gene,a\nMYB,1\n").unwrap_err().to_string();
        assert!(error.contains("f.csv") && error.contains("nextwell features build"), "{error}");
        let error = GeneTable::from_text("f", &format!("{MARK}\n# name: a\n")).unwrap_err();
        assert!(error.to_string().contains("# source"), "{error}");
    }
}
