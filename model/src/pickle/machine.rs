//! The stack machine: the instructions of a pickle that build plain data.

use std::collections::HashMap;

use super::classes::{Allowed, Class};
use super::cursor::Cursor;
use super::error::PickleError;
use super::literal::{self, Whole};
use super::value::{Id, Node, Pickle};

/// Values of a pickle, intermediate results included: 4 million.
pub const MAX_VALUES: u64 = 1 << 22;
/// Bytes of all texts, byte strings and arrays together: 512 MiB.
pub const MAX_BYTES: u64 = 512 << 20;
/// Items of lists and tuples, and entries of dicts, together.
const MAX_REFERENCES: u64 = 1 << 24;

/// Runs the pickle; also where its end is.
pub(super) fn run(bytes: &[u8], allowed: Allowed) -> Result<(Pickle, usize), PickleError> {
    let mut machine = Machine {
        cursor: Cursor::new(bytes),
        allowed,
        table: Table::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        at: 0,
    };
    loop {
        machine.at = machine.cursor.at();
        let opcode = machine.cursor.u8()?;
        if opcode == b'.' {
            let root = machine.pop()?;
            let end = machine.cursor.at();
            return Ok((Pickle { nodes: machine.table.nodes, root }, end));
        }
        machine.step(opcode)?;
    }
}

/// The values so far, and what they cost.
#[derive(Default)]
pub(super) struct Table {
    pub nodes: Vec<Node>,
    references: u64,
    bytes: u64,
}

impl Table {
    pub fn get(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    pub fn add(&mut self, node: Node) -> Result<Id, PickleError> {
        let id = self.nodes.len() as u64;
        if id >= MAX_VALUES {
            return Err(PickleError::TooLarge { what: "values", most: MAX_VALUES });
        }
        self.nodes.push(node);
        Ok(id as Id)
    }

    /// Counts references that a value is about to hold.
    pub fn charge_references(&mut self, count: usize) -> Result<(), PickleError> {
        self.references += count as u64;
        if self.references > MAX_REFERENCES {
            return Err(PickleError::TooLarge { what: "items", most: MAX_REFERENCES });
        }
        Ok(())
    }

    /// Counts bytes that a value is about to hold.
    pub fn charge_bytes(&mut self, count: u64) -> Result<(), PickleError> {
        self.bytes = self.bytes.saturating_add(count);
        if self.bytes > MAX_BYTES {
            return Err(PickleError::TooLarge { what: "bytes of data", most: MAX_BYTES });
        }
        Ok(())
    }
}

pub(super) struct Machine<'a> {
    cursor: Cursor<'a>,
    pub allowed: Allowed,
    pub table: Table,
    stack: Vec<Id>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    /// First byte of the current instruction.
    pub at: usize,
}

impl Machine<'_> {
    pub fn malformed(&self, what: impl Into<String>) -> PickleError {
        PickleError::Malformed { at: self.at, what: what.into() }
    }

    pub fn push(&mut self, id: Id) -> Result<(), PickleError> {
        if self.stack.len() as u64 >= MAX_REFERENCES {
            return Err(PickleError::TooLarge {
                what: "values on the stack",
                most: MAX_REFERENCES,
            });
        }
        self.stack.push(id);
        Ok(())
    }

    pub fn make(&mut self, node: Node) -> Result<(), PickleError> {
        let id = self.table.add(node)?;
        self.push(id)
    }

    /// Height below which the current instruction may not take: that of the innermost mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub fn pop(&mut self) -> Result<Id, PickleError> {
        if self.stack.len() <= self.floor() {
            return Err(self.malformed("an instruction finds too few values on the stack"));
        }
        self.stack.pop().ok_or_else(|| self.malformed("an empty stack"))
    }

    pub fn top(&self) -> Result<Id, PickleError> {
        let above = self.stack.len() > self.floor();
        let top = self.stack.last().copied().filter(|_| above);
        top.ok_or_else(|| self.malformed("an instruction finds too few values on the stack"))
    }

    /// Everything above the innermost mark, which is taken away.
    fn pop_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let Some(height) = self.marks.pop() else {
            return Err(self.malformed("an instruction finds no mark on the stack"));
        };
        Ok(self.stack.split_off(height))
    }

    fn step(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            0x80 => self.protocol(),
            0x95 => self.cursor.check_frame(),
            b'(' => self.mark(),
            b'0' => self.drop_one(),
            b'1' => self.pop_mark().map(drop),
            b'2' => self.top().and_then(|id| self.push(id)),
            b'N' => self.make(Node::None),
            0x88 => self.make(Node::Bool(true)),
            0x89 => self.make(Node::Bool(false)),
            b'F' | b'G' | b'I' | b'J' | b'K' | b'L' | b'M' | 0x8a | 0x8b => self.number(opcode),
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d => self.text(opcode),
            b'B' | b'C' | 0x8e | 0x96 => self.bytes(opcode),
            b']' => self.make(Node::List(Vec::new())),
            b'}' => self.make(Node::Dict(Vec::new())),
            b')' => self.make(Node::Tuple(Box::default())),
            b'l' | b't' | b'd' => self.take_to_mark(opcode),
            0x85..=0x87 => self.short_tuple(usize::from(opcode - 0x84)),
            b'a' | b'e' => self.append(opcode),
            b's' | b'u' => self.set_items(opcode),
            b'g' | b'h' | b'j' => self.get(opcode),
            b'p' | b'q' | b'r' | 0x94 => self.put(opcode),
            b'c' => self.global_by_lines(),
            0x93 => self.global_by_stack(),
            b'R' => self.reduce(),
            b'b' => self.build(),
            b'P' | b'Q' if self.allowed == Allowed::Tensors => self.persistent(opcode),
            b'i' => Err(self.instance()),
            other => Err(PickleError::Instruction { at: self.at, opcode, name: name(other) }),
        }
    }

    fn protocol(&mut self) -> Result<(), PickleError> {
        let found = self.cursor.u8()?;
        if found > 5 {
            return Err(self.malformed(format!("protocol {found}, the last known is 5")));
        }
        Ok(())
    }

    fn mark(&mut self) -> Result<(), PickleError> {
        if self.marks.len() as u64 >= MAX_VALUES {
            return Err(PickleError::TooLarge { what: "open marks", most: MAX_VALUES });
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// `POP` takes a value, or a mark that nothing lies on.
    fn drop_one(&mut self) -> Result<(), PickleError> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn number(&mut self, opcode: u8) -> Result<(), PickleError> {
        let node = match opcode {
            b'F' => {
                let value = literal::float(self.cursor.line()?);
                Node::Float(value.ok_or_else(|| self.malformed("no float in FLOAT"))?)
            }
            b'G' => Node::Float(self.cursor.f64_be()?),
            b'I' | b'L' => match literal::whole(self.cursor.line()?) {
                Some(Whole::Bool(value)) if opcode == b'I' => Node::Bool(value),
                Some(Whole::Bool(value)) => Node::Int(value.into()),
                Some(Whole::Int(value)) => Node::Int(value),
                Some(Whole::Long(value)) => Node::Long(value.to_le_bytes().into()),
                None => return Err(self.malformed("no integer of 128 bits in INT or LONG")),
            },
            b'J' => Node::Int(self.cursor.i32()?.into()),
            b'K' => Node::Int(self.cursor.u8()?.into()),
            b'M' => Node::Int(self.cursor.u16()?.into()),
            _ => {
                let length: u64 = if opcode == 0x8a {
                    self.cursor.u8()?.into()
                } else {
                    self.cursor.u32()?.into()
                };
                let bytes = self.cursor.take(length)?;
                match literal::long(bytes) {
                    Some(value) => Node::Int(value),
                    None => {
                        self.table.charge_bytes(length)?;
                        Node::Long(bytes.into())
                    }
                }
            }
        };
        self.make(node)
    }

    fn text(&mut self, opcode: u8) -> Result<(), PickleError> {
        let text = match opcode {
            b'S' => literal::quoted(self.cursor.line()?),
            b'V' => literal::raw_unicode(self.cursor.line()?),
            b'T' | b'U' => {
                let length: u64 = if opcode == b'U' {
                    self.cursor.u8()?.into()
                } else {
                    self.cursor.u32()?.into()
                };
                let bytes = self.cursor.take(length)?;
                Some(bytes.iter().map(|&byte| char::from(byte)).collect())
            }
            _ => {
                let length = match opcode {
                    0x8c => self.cursor.u8()?.into(),
                    b'X' => self.cursor.u32()?.into(),
                    _ => self.cursor.u64()?,
                };
                std::str::from_utf8(self.cursor.take(length)?).ok().map(str::to_owned)
            }
        };
        let text = text.ok_or_else(|| self.malformed("a text that is not one"))?;
        self.table.charge_bytes(text.len() as u64)?;
        self.make(Node::Text(text.into()))
    }

    fn bytes(&mut self, opcode: u8) -> Result<(), PickleError> {
        let length = match opcode {
            b'C' => self.cursor.u8()?.into(),
            b'B' => self.cursor.u32()?.into(),
            _ => self.cursor.u64()?,
        };
        let bytes = self.cursor.take(length)?;
        self.table.charge_bytes(length)?;
        self.make(Node::Bytes(bytes.into()))
    }

    fn take_to_mark(&mut self, opcode: u8) -> Result<(), PickleError> {
        let ids = self.pop_mark()?;
        self.table.charge_references(ids.len())?;
        let node = match opcode {
            b'l' => Node::List(ids),
            b't' => Node::Tuple(ids.into()),
            _ => Node::Dict(self.pairs(&ids)?),
        };
        self.make(node)
    }

    fn pairs(&self, ids: &[Id]) -> Result<Vec<(Id, Id)>, PickleError> {
        if !ids.len().is_multiple_of(2) {
            return Err(self.malformed("a dict gets a key without a value"));
        }
        Ok(ids.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value)).collect())
    }

    fn short_tuple(&mut self, length: usize) -> Result<(), PickleError> {
        let mut ids = Vec::with_capacity(length);
        for _ in 0..length {
            ids.push(self.pop()?);
        }
        ids.reverse();
        self.table.charge_references(length)?;
        self.make(Node::Tuple(ids.into()))
    }

    fn append(&mut self, opcode: u8) -> Result<(), PickleError> {
        let ids = if opcode == b'a' { vec![self.pop()?] } else { self.pop_mark()? };
        self.table.charge_references(ids.len())?;
        let list = self.top()?;
        match &mut self.table.nodes[list as usize] {
            Node::List(items) => items.extend(ids),
            _ => return Err(self.malformed("an item is appended to what is no list")),
        }
        Ok(())
    }

    fn set_items(&mut self, opcode: u8) -> Result<(), PickleError> {
        let ids = if opcode == b's' {
            let value = self.pop()?;
            vec![self.pop()?, value]
        } else {
            self.pop_mark()?
        };
        self.table.charge_references(ids.len())?;
        let pairs = self.pairs(&ids)?;
        let dict = self.top()?;
        match &mut self.table.nodes[dict as usize] {
            Node::Dict(entries) => entries.extend(pairs),
            _ => return Err(self.malformed("an entry is set in what is no dict")),
        }
        Ok(())
    }

    fn memo_key(&mut self, line: bool, byte: bool) -> Result<u64, PickleError> {
        if line {
            let text = std::str::from_utf8(self.cursor.line()?).ok();
            let key = text.and_then(|text| text.trim().parse().ok());
            return key.ok_or_else(|| self.malformed("no number in GET or PUT"));
        }
        Ok(if byte { self.cursor.u8()?.into() } else { self.cursor.u32()?.into() })
    }

    fn get(&mut self, opcode: u8) -> Result<(), PickleError> {
        let key = self.memo_key(opcode == b'g', opcode == b'h')?;
        match self.memo.get(&key) {
            Some(&id) => self.push(id),
            None => Err(self.malformed(format!("nothing was remembered as {key}"))),
        }
    }

    fn put(&mut self, opcode: u8) -> Result<(), PickleError> {
        let key = match opcode {
            0x94 => self.memo.len() as u64,
            _ => self.memo_key(opcode == b'p', opcode == b'q')?,
        };
        if self.memo.len() as u64 >= MAX_VALUES {
            return Err(PickleError::TooLarge { what: "remembered values", most: MAX_VALUES });
        }
        let id = self.top()?;
        self.memo.insert(key, id);
        Ok(())
    }

    fn global_by_lines(&mut self) -> Result<(), PickleError> {
        let (module, name) = (self.cursor.line()?, self.cursor.line()?);
        let (module, name) = (String::from_utf8_lossy(module), String::from_utf8_lossy(name));
        self.global(&module, &name)
    }

    fn global_by_stack(&mut self) -> Result<(), PickleError> {
        let (name, module) = (self.pop()?, self.pop()?);
        let (Node::Text(module), Node::Text(name)) = (self.table.get(module), self.table.get(name))
        else {
            return Err(self.malformed("the name of a class is not text"));
        };
        let (module, name) = (module.clone(), name.clone());
        self.global(&module, &name)
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), PickleError> {
        let class = Class::find(module, name, self.allowed)
            .map_err(|class| PickleError::Class { at: self.at, class: shown(&class) })?;
        self.make(Node::Class(Box::new(class)))
    }

    /// `INST` names a class and makes an object: never plain data.
    fn instance(&mut self) -> PickleError {
        let mut line = || self.cursor.line().map(String::from_utf8_lossy);
        match (line(), line()) {
            (Ok(module), Ok(name)) => {
                PickleError::Class { at: self.at, class: shown(&format!("{module}.{name}")) }
            }
            (Err(error), _) | (_, Err(error)) => error,
        }
    }

    fn persistent(&mut self, opcode: u8) -> Result<(), PickleError> {
        let id = if opcode == b'P' {
            let text = String::from_utf8_lossy(self.cursor.line()?).into_owned();
            self.table.charge_bytes(text.len() as u64)?;
            self.table.add(Node::Text(text.into()))?
        } else {
            self.pop()?
        };
        self.make(Node::Persistent(id))
    }
}

/// A class's name as an error shows it: whoever made the file chose its length.
fn shown(class: &str) -> String {
    const MOST: usize = 200;
    let cut: String = class.chars().take(MOST).flat_map(char::escape_debug).collect();
    if class.chars().nth(MOST).is_some() { format!("{cut}...") } else { cut }
}

fn name(opcode: u8) -> &'static str {
    match opcode {
        b'P' => "PERSID",
        b'Q' => "BINPERSID",
        b'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x82 => "EXT1",
        0x83 => "EXT2",
        0x84 => "EXT4",
        0x8f => "EMPTY_SET",
        0x90 => "ADDITEMS",
        0x91 => "FROZENSET",
        0x92 => "NEWOBJ_EX",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        _ => "unknown",
    }
}
