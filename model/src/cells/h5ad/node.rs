//! Opening HDF5 objects that lie inside the file, and only those.

use std::fs::File as StdFile;
use std::io::Read;
use std::path::Path;

use hdf5_metno::dataset::Layout;
use hdf5_metno::filters::Filter;
use hdf5_metno::{Dataset, File, Group, IndexType, IterationOrder, LinkType, silence_errors};

use crate::cells::CellsError;

/// First bytes of an HDF5 file.
const MAGIC: [u8; 8] = [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n'];
/// Children of one group; AnnData groups have tens.
const MAX_CHILDREN: usize = 10_000;

/// A group whose children were checked to lie in the same file.
#[derive(Debug)]
pub(super) struct Node {
    pub group: Group,
    pub path: String,
    pub children: Vec<String>,
}

/// A failure of the HDF5 library while reading `what`.
pub(super) fn damaged(what: &str) -> impl FnOnce(hdf5_metno::Error) -> CellsError {
    let what = what.to_owned();
    move |error| CellsError::Damaged { what, reason: error.to_string() }
}

/// Something else than AnnData has at `what`.
pub(super) fn form(what: &str, expected: &'static str, found: impl Into<String>) -> CellsError {
    CellsError::Form { what: what.to_owned(), expected, found: found.into() }
}

impl Node {
    /// Opens the root group of a file.
    pub fn open(path: &Path) -> Result<Self, CellsError> {
        let name = path.display().to_string();
        let mut start = Vec::new();
        let file = StdFile::open(path).map_err(CellsError::io(&name))?;
        file.take(8).read_to_end(&mut start).map_err(CellsError::io(&name))?;
        if start != MAGIC {
            let found = start.escape_ascii().to_string();
            let found = if found.is_empty() { "nothing".to_owned() } else { found };
            return Err(CellsError::NotHdf5 { path: path.to_owned(), found });
        }
        // Else the C library prints its error stack.
        silence_errors(true);
        let file = File::open(path).map_err(damaged(&name))?;
        let root = file.group("/").map_err(damaged(&name))?;
        Self::new(root, String::new())
    }

    fn new(group: Group, path: String) -> Result<Self, CellsError> {
        let shown = if path.is_empty() { "the file" } else { &path };
        let mut children = Vec::new();
        let mut refused = None;
        group
            .iter_visit(IndexType::Name, IterationOrder::Increasing, |name, link| {
                if link.link_type != LinkType::Hard {
                    refused = Some(format!("{path}/{name}"));
                }
                if children.len() <= MAX_CHILDREN {
                    children.push(name.to_owned());
                }
                Ok(())
            })
            .map_err(damaged(shown))?;
        if let Some(what) = refused {
            // Soft links are refused too: they may lead through an external link.
            let kind = "a link to another place or file".to_owned();
            return Err(CellsError::NotSelfContained { what, kind });
        }
        if children.len() > MAX_CHILDREN {
            let (found, limit) = (children.len(), MAX_CHILDREN);
            return Err(CellsError::TooLarge { what: "objects in one HDF5 group", found, limit });
        }
        Ok(Self { group, path, children })
    }

    /// Path of a child, as shown in messages: `obs/state`.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// Whether there is a child of this name.
    pub fn has(&self, name: &str) -> bool {
        self.children.iter().any(|child| child == name)
    }

    /// Whether the child is a group (else it is a dataset).
    pub fn is_group(&self, name: &str) -> bool {
        self.has(name) && self.group.group(name).is_ok()
    }

    /// Opens a child group.
    pub fn child(&self, name: &str) -> Result<Self, CellsError> {
        let path = self.path_of(name);
        self.require(name, "a group")?;
        let group = self.group.group(name).map_err(damaged(&path))?;
        Self::new(group, path)
    }

    /// Opens a child dataset that is stored in the file with filters of the library itself.
    pub fn dataset(&self, name: &str) -> Result<Dataset, CellsError> {
        let path = self.path_of(name);
        self.require(name, "a dataset")?;
        let dataset = self.group.dataset(name).map_err(damaged(&path))?;
        let plist = dataset.dcpl().map_err(damaged(&path))?;
        let refuse = |kind: String| Err(CellsError::NotSelfContained { what: path.clone(), kind });
        if !plist.get_external().map_err(damaged(&path))?.is_empty() {
            return refuse("stored in another file".to_owned());
        }
        if plist.get_layout().map_err(damaged(&path))? == Layout::Virtual {
            return refuse("a virtual dataset".to_owned());
        }
        for filter in plist.get_filters().map_err(damaged(&path))? {
            if let Filter::User(id, _) = filter {
                return refuse(format!(
                    "compressed with the plug-in filter {id} (gzip is accepted)"
                ));
            }
        }
        Ok(dataset)
    }

    fn require(&self, name: &str, expected: &'static str) -> Result<(), CellsError> {
        if self.has(name) {
            return Ok(());
        }
        let there = self.children.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
        let found = format!("nothing (there is: {there})");
        Err(form(&self.path_of(name), expected, found))
    }

    /// A text attribute of the group.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let attribute = self.group.attr(name).ok()?;
        super::text::texts(&attribute, &self.path).ok()?.into_iter().next()
    }
}
