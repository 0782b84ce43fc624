//! What a pickle holds: a table of values that refer to each other by number.

use super::classes::Class;
use super::numpy::{Array, Dtype};

/// Place of a value in the table.
pub(super) type Id = u32;

/// One value.
#[derive(Debug)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits: two's complement, little-endian.
    Long(Box<[u8]>),
    Float(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    List(Vec<Id>),
    Tuple(Box<[Id]>),
    Dict(Vec<(Id, Id)>),
    Array(Box<Array>),
    Dtype(Box<Dtype>),
    Class(Box<Class>),
    /// A call that this reader describes and does not make.
    Call {
        class: Id,
        arguments: Id,
    },
    /// Something outside the pickle, by its id.
    Persistent(Id),
}

/// A pickle, read.
#[derive(Debug)]
pub struct Pickle {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Id,
}

impl Pickle {
    /// What was pickled.
    pub fn root(&self) -> Value<'_> {
        Value { pickle: self, id: self.root }
    }

    /// Number of different values, classes and intermediate results included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never true: a pickle holds its root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every value, in the order in which the file makes them.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.nodes.len() as Id).map(|id| Value { pickle: self, id })
    }
}

/// One value of a pickle. A list may hold itself: do not recurse without a bound.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    pickle: &'a Pickle,
    id: Id,
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node {
        &self.pickle.nodes[self.id as usize]
    }

    fn of(self, id: Id) -> Self {
        Self { pickle: self.pickle, id }
    }

    /// Number of the value: the same for every mention of it.
    pub fn id(self) -> u32 {
        self.id
    }

    /// What kind of value it is, in Python's word.
    pub fn kind(self) -> &'static str {
        match self.node() {
            Node::None => "None",
            Node::Bool(_) => "bool",
            Node::Int(_) | Node::Long(_) => "int",
            Node::Float(_) => "float",
            Node::Text(_) => "str",
            Node::Bytes(_) => "bytes",
            Node::List(_) => "list",
            Node::Tuple(_) => "tuple",
            Node::Dict(_) => "dict",
            Node::Array(_) => "numpy.ndarray",
            Node::Dtype(_) => "numpy.dtype",
            Node::Class(_) => "class",
            Node::Call { .. } => "object",
            Node::Persistent(_) => "persistent object",
        }
    }

    /// Whether it is `None`.
    pub fn is_none(self) -> bool {
        matches!(self.node(), Node::None)
    }

    /// A bool (not an int).
    pub fn as_bool(self) -> Option<bool> {
        if let Node::Bool(value) = self.node() { Some(*value) } else { None }
    }

    /// An int of at most 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        if let Node::Int(value) = self.node() { Some(*value) } else { None }
    }

    /// A float, or an int as a float.
    pub fn as_f64(self) -> Option<f64> {
        match self.node() {
            Node::Float(value) => Some(*value),
            Node::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// A str.
    pub fn as_str(self) -> Option<&'a str> {
        if let Node::Text(text) = self.node() { Some(text) } else { None }
    }

    /// Bytes, or an int of more than 64 bits as two's complement, little-endian.
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        match self.node() {
            Node::Bytes(bytes) | Node::Long(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A NumPy array.
    pub fn as_array(self) -> Option<&'a Array> {
        if let Node::Array(array) = self.node() { Some(array) } else { None }
    }

    /// Objects of a NumPy array of dtype `object`, in row-major order.
    pub fn array_objects(self) -> Option<impl ExactSizeIterator<Item = Value<'a>>> {
        let objects = self.as_array()?.object_ids()?;
        Some(objects.iter().map(move |&id| self.of(id)))
    }

    /// Items of a list or tuple.
    pub fn items(self) -> Option<impl ExactSizeIterator<Item = Value<'a>>> {
        let ids: &[Id] = match self.node() {
            Node::List(ids) => ids,
            Node::Tuple(ids) => ids,
            _ => return None,
        };
        Some(ids.iter().map(move |&id| self.of(id)))
    }

    /// Keys and values of a dict, in the order of the file; a key that is there twice counts for
    /// its last value.
    pub fn entries(self) -> Option<impl ExactSizeIterator<Item = (Value<'a>, Value<'a>)>> {
        let Node::Dict(entries) = self.node() else { return None };
        Some(entries.iter().map(move |&(key, value)| (self.of(key), self.of(value))))
    }

    /// The value of a str key of a dict; takes time in proportion to the dict.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        let Node::Dict(entries) = self.node() else { return None };
        let is_key = |(found, _): &&(Id, Id)| self.of(*found).as_str() == Some(key);
        entries.iter().rev().find(is_key).map(|&(_, value)| self.of(value))
    }

    /// Module and name of a class.
    pub fn class_name(self) -> Option<&'a str> {
        if let Node::Class(class) = self.node() { Some(class.name()) } else { None }
    }

    /// A call that was described and not made, such as `torch._utils._rebuild_tensor_v2`: the name
    /// of the class or function, and the tuple of its arguments.
    pub fn call(self) -> Option<(&'a str, Value<'a>)> {
        let Node::Call { class, arguments } = self.node() else { return None };
        Some((self.of(*class).class_name()?, self.of(*arguments)))
    }

    /// The id of something outside the pickle: for PyTorch the tuple `("storage", class, name of
    /// the file, location, number of elements)`.
    pub fn persistent(self) -> Option<Value<'a>> {
        if let Node::Persistent(id) = self.node() { Some(self.of(*id)) } else { None }
    }
}
