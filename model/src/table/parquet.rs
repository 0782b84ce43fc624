//! Parquet files, row group by row group.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::{Column, Table, TableError, part};

/// A Parquet file being written; it has its name only when finished.
pub struct ParquetWriter {
    path: PathBuf,
    part: PathBuf,
    names: Vec<String>,
    writer: SerializedFileWriter<File>,
}

impl ParquetWriter {
    /// Starts a file with the columns of `like`.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn create(path: &Path, like: &Table) -> Result<Self, TableError> {
        let failed = failed(path);
        let fields: Result<Vec<_>, ParquetError> =
            like.columns().iter().map(|(name, column)| field(name, column)).collect();
        let schema = Type::group_type_builder("nextwell").with_fields(fields.map_err(&failed)?);
        let schema = Arc::new(schema.build().map_err(&failed)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let part = part(path);
        let file = File::create(&part)
            .map_err(|source| TableError::Io { path: path.to_owned(), source })?;
        let writer =
            SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(&failed)?;
        let names = like.columns().iter().map(|(name, _)| name.clone()).collect();
        Ok(Self { path: path.to_owned(), part, names, writer })
    }

    /// Adds the rows of a table with the same columns.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn write(&mut self, table: &Table) -> Result<(), TableError> {
        if table.rows()? == 0 {
            return Ok(());
        }
        if !self.names.iter().eq(table.columns().iter().map(|(name, _)| name)) {
            return Err(TableError::Inconsistent("a row group of other columns".into()));
        }
        let failed = failed(&self.path);
        let mut group = self.writer.next_row_group().map_err(&failed)?;
        for (_, column) in table.columns() {
            if let Some(mut writer) = group.next_column().map_err(&failed)? {
                write(&mut writer, column).map_err(&failed)?;
                writer.close().map_err(&failed)?;
            }
        }
        group.close().map_err(&failed)?;
        Ok(())
    }

    /// Closes the file and gives it its name.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn finish(self) -> Result<(), TableError> {
        self.writer.close().map_err(failed(&self.path))?;
        std::fs::rename(&self.part, &self.path)
            .map_err(|source| TableError::Io { path: self.path, source })
    }
}

fn failed(path: &Path) -> impl Fn(ParquetError) -> TableError + use<> {
    let path = path.to_owned();
    move |error| TableError::Parquet { path: path.clone(), reason: error.to_string() }
}

fn field(name: &str, column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical, repetition) = match column {
        Column::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED),
        Column::Whole(_) => (Physical::INT64, None, Repetition::OPTIONAL),
        Column::Number(_) => (Physical::DOUBLE, None, Repetition::OPTIONAL),
        Column::Flag(_) => (Physical::BOOLEAN, None, Repetition::REQUIRED),
    };
    let builder = Type::primitive_type_builder(name, physical);
    Ok(Arc::new(builder.with_logical_type(logical).with_repetition(repetition).build()?))
}

fn write(writer: &mut SerializedColumnWriter<'_>, column: &Column) -> Result<(), ParquetError> {
    /// Values that are there, and for each row whether it has one.
    fn split<T: Copy>(values: &[Option<T>]) -> (Vec<T>, Vec<i16>) {
        let levels = values.iter().map(|value| i16::from(value.is_some())).collect();
        (values.iter().flatten().copied().collect(), levels)
    }
    match column {
        Column::Text(values) => {
            let values: Vec<ByteArray> =
                values.iter().map(|text| ByteArray::from(text.as_str())).collect();
            writer.typed::<ByteArrayType>().write_batch(&values, None, None)?;
        }
        Column::Whole(values) => {
            let (values, levels) = split(values);
            writer.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        Column::Number(values) => {
            let (values, levels) = split(values);
            writer.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        Column::Flag(values) => {
            writer.typed::<BoolType>().write_batch(values, None, None)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::super::tests::table;
    use super::*;

    #[test]
    fn a_parquet_file_reads_back_with_its_row_groups_and_nulls() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.parquet");
        let mut writer = ParquetWriter::create(&path, &table()).unwrap();
        writer.write(&table()).unwrap();
        writer.write(&table()).unwrap();
        assert!(!path.exists(), "not there before it is whole");
        writer.finish().unwrap();
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let rows: Vec<String> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0], "{gene: \"A,B\", cells: 3, shift: 0.30000000000000004, hit: true}");
        assert_eq!(rows[3], "{gene: \"C\", cells: null, shift: null, hit: false}");
    }

    #[test]
    fn a_row_group_of_other_columns_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = ParquetWriter::create(&dir.path().join("t.parquet"), &table()).unwrap();
        let mut other = Table::new();
        other.push("x", Column::Flag(vec![true]));
        assert!(writer.write(&other).is_err());
    }
}
