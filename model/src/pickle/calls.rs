//! What `REDUCE` and `BUILD` mean for the classes on the list.

use super::classes::Meaning;
use super::error::PickleError;
use super::machine::Machine;
use super::numpy::{Array, Dtype, Elements, Scalar};
use super::value::{Id, Node};

/// Dimensions of an array, NumPy's own limit.
const MAX_DIMENSIONS: usize = 32;

impl Machine<'_> {
    /// `REDUCE`: a class is called with a tuple of arguments.
    pub(super) fn reduce(&mut self) -> Result<(), PickleError> {
        let (arguments, class) = (self.pop()?, self.pop()?);
        let Node::Class(found) = self.table.get(class) else {
            return Err(self.malformed("what is called is no class"));
        };
        let meaning = found.meaning;
        let Node::Tuple(ids) = self.table.get(arguments) else {
            return Err(self.malformed("a call whose arguments are no tuple"));
        };
        let few = |ids: &[Id]| -> Vec<Id> { ids.iter().copied().take(8).collect() };
        let given = few(ids);
        let id = match (meaning, given.as_slice()) {
            (Meaning::Opaque, _) => self.table.add(Node::Call { class, arguments })?,
            (Meaning::OrderedDict, _) => self.ordered_dict(&given)?,
            (Meaning::Encode, &[text, ..]) => self.encoded(text)?,
            (Meaning::Dtype, &[code, ..]) => {
                let code = self.text_of(code)?;
                let dtype = Dtype::parse(&code, self.at)?;
                self.table.add(Node::Dtype(Box::new(dtype)))?
            }
            (Meaning::Scalar, &[dtype, value]) => self.scalar(dtype, value)?,
            (Meaning::Reconstruct, _) => self.table.add(Node::Array(Box::new(Array::empty())))?,
            (Meaning::FromBuffer, &[data, dtype, shape, order]) => {
                let order = self.text_of(order)?;
                let array = self.array(shape, dtype, data, order != "C")?;
                self.table.add(Node::Array(Box::new(array)))?
            }
            _ => return Err(self.malformed("a call with arguments that it does not take")),
        };
        self.push(id)
    }

    /// `BUILD`: a value gets its state.
    pub(super) fn build(&mut self) -> Result<(), PickleError> {
        let state = self.pop()?;
        let target = self.top()?;
        match self.table.get(target) {
            Node::Dtype(_) => self.build_dtype(target, state),
            Node::Array(_) => self.build_array(target, state),
            // Attributes of a state dict (its `_metadata`) and of described objects: of no use.
            Node::Dict(_) | Node::Call { .. } => Ok(()),
            _ => Err(self.malformed("a state is set for what has none")),
        }
    }

    fn text_of(&self, id: Id) -> Result<String, PickleError> {
        match self.table.get(id) {
            Node::Text(text) => Ok(text.to_string()),
            Node::Bytes(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            _ => Err(self.malformed("a text was expected")),
        }
    }

    /// `OrderedDict()` or, from old Pythons, `OrderedDict([[key, value], ...])`.
    fn ordered_dict(&mut self, arguments: &[Id]) -> Result<Id, PickleError> {
        let mut entries = Vec::new();
        if let Some(&list) = arguments.first() {
            let Node::List(pairs) = self.table.get(list) else {
                return Err(self.malformed("an ordered dict of what is no list"));
            };
            for &pair in pairs {
                match self.table.get(pair) {
                    Node::List(pair) if pair.len() == 2 => entries.push((pair[0], pair[1])),
                    Node::Tuple(pair) if pair.len() == 2 => entries.push((pair[0], pair[1])),
                    _ => return Err(self.malformed("an entry of an ordered dict is no pair")),
                }
            }
        }
        self.table.charge_references(2 * entries.len())?;
        self.table.add(Node::Dict(entries))
    }

    /// `_codecs.encode(text, "latin1")`: bytes of protocols 0 to 2.
    fn encoded(&mut self, text: Id) -> Result<Id, PickleError> {
        let Node::Text(text) = self.table.get(text) else {
            return Err(self.malformed("what is encoded is no text"));
        };
        let bytes: Option<Box<[u8]>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
        let bytes = bytes.ok_or_else(|| self.malformed("a character that is no byte"))?;
        self.table.charge_bytes(bytes.len() as u64)?;
        self.table.add(Node::Bytes(bytes))
    }

    fn dtype(&self, id: Id) -> Result<Dtype, PickleError> {
        match self.table.get(id) {
            Node::Dtype(dtype) => Ok((**dtype).clone()),
            _ => Err(self.malformed("a NumPy value without its type")),
        }
    }

    /// Bytes of a NumPy value; a str stands for bytes in pickles of Python 2.
    fn data(&self, id: Id) -> Result<Vec<u8>, PickleError> {
        let bytes = match self.table.get(id) {
            Node::Bytes(bytes) => Some(bytes.to_vec()),
            Node::Text(text) => text.chars().map(|c| u8::try_from(c).ok()).collect(),
            _ => None,
        };
        bytes.ok_or_else(|| self.malformed("a NumPy value without its bytes"))
    }

    fn scalar(&mut self, dtype: Id, value: Id) -> Result<Id, PickleError> {
        let dtype = self.dtype(dtype)?;
        if dtype.is_object() {
            return Ok(value);
        }
        let node = match dtype.scalar(&self.data(value)?, self.at)? {
            Scalar::Bool(value) => Node::Bool(value),
            Scalar::Int(value) => Node::Int(value),
            Scalar::Float(value) => Node::Float(value),
            Scalar::Text(text) => {
                self.table.charge_bytes(text.len() as u64)?;
                Node::Text(text.into())
            }
        };
        self.table.add(node)
    }

    /// State of a type: `(3, order, None, None, None, size, alignment, flags)`; no fields.
    fn build_dtype(&mut self, target: Id, state: Id) -> Result<(), PickleError> {
        let Node::Tuple(state) = self.table.get(state) else {
            return Err(self.malformed("a NumPy type whose state is no tuple"));
        };
        let nothing = |id: &Id| matches!(self.table.get(*id), Node::None);
        let order = match state.get(1).map(|&id| self.table.get(id)) {
            Some(Node::Text(order)) if state.iter().skip(2).take(3).all(nothing) => order.clone(),
            _ => {
                let found = "with fields, of a sub-array or of an unknown version".into();
                return Err(PickleError::NumpyType { at: self.at, found });
            }
        };
        if let Node::Dtype(dtype) = &mut self.table.nodes[target as usize] {
            dtype.set_order(&order);
        }
        Ok(())
    }

    /// State of an array: `(1, shape, type, is Fortran-ordered, bytes or list)`.
    fn build_array(&mut self, target: Id, state: Id) -> Result<(), PickleError> {
        let Node::Tuple(state) = self.table.get(state) else {
            return Err(self.malformed("an array whose state is no tuple"));
        };
        let &[_, shape, dtype, fortran, data] = &state[..] else {
            return Err(self.malformed("an array whose state is not (1, shape, type, order, data)"));
        };
        let fortran = matches!(self.table.get(fortran), Node::Bool(true) | Node::Int(1..));
        let array = self.array(shape, dtype, data, fortran)?;
        self.table.nodes[target as usize] = Node::Array(Box::new(array));
        Ok(())
    }

    fn array(
        &mut self,
        shape: Id,
        dtype: Id,
        data: Id,
        fortran: bool,
    ) -> Result<Array, PickleError> {
        let shape = self.shape(shape)?;
        if fortran && shape.len() > 1 {
            let found = "in Fortran order".into();
            return Err(PickleError::NumpyType { at: self.at, found });
        }
        let dtype = self.dtype(dtype)?;
        if let (true, Node::List(objects)) = (dtype.is_object(), self.table.get(data)) {
            let count = shape.iter().try_fold(1usize, |n, &side| n.checked_mul(side));
            if count != Some(objects.len()) {
                return Err(self.malformed("an array of another number of objects than its shape"));
            }
            let objects = objects.clone();
            self.table.charge_references(objects.len())?;
            return Ok(Array { shape, elements: Elements::Objects(objects) });
        }
        let Node::Bytes(bytes) = self.table.get(data) else {
            return Err(self.malformed("an array without its bytes"));
        };
        let cost = dtype.array_cost(&shape, bytes, self.at)?;
        self.table.charge_bytes(cost)?;
        let Node::Bytes(bytes) = self.table.get(data) else {
            return Err(self.malformed("an array without its bytes"));
        };
        Ok(Array { elements: dtype.elements(bytes, self.at)?, shape })
    }

    fn shape(&self, id: Id) -> Result<Vec<usize>, PickleError> {
        let sides = match self.table.get(id) {
            Node::Tuple(sides) if sides.len() <= MAX_DIMENSIONS => sides,
            _ => return Err(self.malformed("a shape that is no tuple of at most 32 numbers")),
        };
        let side = |id: &Id| match self.table.get(*id) {
            Node::Int(side) => usize::try_from(*side).ok(),
            _ => None,
        };
        let shape: Option<Vec<usize>> = sides.iter().map(side).collect();
        shape.ok_or_else(|| self.malformed("a shape with a side that is no number"))
    }
}
