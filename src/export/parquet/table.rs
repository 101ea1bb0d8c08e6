//! One Parquet file, column after column: no more than one column of one row group is in memory.

use crate::parquet_schema::{NOTES_KEY, Notes, Table};
use parquet::basic::{Compression, Encoding};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Some rows of a column.
pub(super) struct Column {
    values: Values,
    definitions: Option<Vec<i16>>,
    repetitions: Option<Vec<i16>>,
}

enum Values {
    Long(Vec<i64>),
    Int(Vec<i32>),
    Bool(Vec<bool>),
    Bytes(Vec<ByteArray>),
}

/// What a column may hold.
pub(super) trait Value: Sized {
    fn column(values: Vec<Self>) -> Column;
}

macro_rules! value {
    ($type:ty, $variant:ident) => {
        impl Value for $type {
            fn column(values: Vec<Self>) -> Column {
                Column {
                    values: Values::$variant(values),
                    definitions: None,
                    repetitions: None,
                }
            }
        }
    };
}
value!(i64, Long);
value!(i32, Int);
value!(bool, Bool);
value!(ByteArray, Bytes);

impl Column {
    /// With a value in each row.
    pub(super) fn required<T: Value>(values: impl Iterator<Item = T>) -> Self {
        T::column(values.collect())
    }

    /// With a value in some rows.
    pub(super) fn optional<T: Value>(rows: impl Iterator<Item = Option<T>>) -> Self {
        let mut definitions = Vec::new();
        let values = rows.inspect(|row| definitions.push(i16::from(row.is_some())));
        let values = values.flatten().collect();
        Self {
            definitions: Some(definitions),
            ..T::column(values)
        }
    }

    /// With a list in some rows, none of them empty.
    pub(super) fn lists(rows: impl Iterator<Item = Option<Vec<ByteArray>>>) -> Self {
        let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let row = row.unwrap_or_default();
            definitions.extend(std::iter::repeat_n(2, row.len()));
            if row.is_empty() {
                definitions.push(0);
            }
            repetitions.push(0);
            repetitions.resize(definitions.len(), 1);
            values.extend(row);
        }
        Self {
            definitions: Some(definitions),
            repetitions: Some(repetitions),
            ..ByteArray::column(values)
        }
    }

    fn write(self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let (definitions, repetitions) = (self.definitions.as_deref(), self.repetitions.as_deref());
        fn write<T: DataType>(
            writer: &mut ColumnWriterImpl<'_, T>,
            values: &[T::T],
            definitions: Option<&[i16]>,
            repetitions: Option<&[i16]>,
        ) -> Result<(), ParquetError> {
            writer
                .write_batch(values, definitions, repetitions)
                .map(|_| ())
        }
        match &self.values {
            Values::Long(values) => write::<Int64Type>(writer.typed(), values, definitions, None),
            Values::Int(values) => write::<Int32Type>(writer.typed(), values, definitions, None),
            Values::Bool(values) => write::<BoolType>(writer.typed(), values, definitions, None),
            Values::Bytes(values) => {
                write::<ByteArrayType>(writer.typed(), values, definitions, repetitions)
            }
        }
    }
}

/// Writes a table: a row group for each of `groups`, whose columns `column` makes by name.
pub(super) fn write_table(
    out: &mut (dyn Write + Send),
    notes: &Notes,
    groups: impl Iterator<Item = Range<usize>>,
    column: impl Fn(&str, Range<usize>) -> Column,
) -> io::Result<()> {
    try_write(out, notes, groups, column).map_err(|error| match error {
        // Where it failed to write, that is the reason.
        ParquetError::External(reason) => match reason.downcast() {
            Ok(reason) => *reason,
            Err(other) => io::Error::other(other),
        },
        error => io::Error::other(error),
    })
}

fn try_write(
    out: &mut (dyn Write + Send),
    notes: &Notes,
    groups: impl Iterator<Item = Range<usize>>,
    column: impl Fn(&str, Range<usize>) -> Column,
) -> Result<(), ParquetError> {
    let schema = Arc::new(parse_message_type(notes.table.columns())?);
    let names: Vec<&str> = schema
        .get_fields()
        .iter()
        .map(|field| field.name())
        .collect();
    let properties = Arc::new(properties(notes)?);
    let mut file = SerializedFileWriter::new(out, Arc::clone(&schema), properties)?;
    for rows in groups {
        let mut group = file.next_row_group()?;
        for name in &names {
            let mut writer = (group.next_column()?)
                .ok_or_else(|| ParquetError::General(format!("no column {name}")))?;
            column(name, rows.clone()).write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
    }
    file.close().map(|_| ())
}

fn properties(notes: &Notes) -> Result<WriterProperties, ParquetError> {
    let json =
        serde_json::to_string(notes).map_err(|error| ParquetError::External(error.into()))?;
    // What grows from row to row, or has too many values for a dictionary.
    let numbers = match notes.table {
        Table::Samples => &["time_ns", "stack_id"][..],
        Table::Stacks => &["stack_id", "parent_id", "frame_id"],
        Table::Frames => &["frame_id"],
        Table::Threads => &["thread_id"],
    };
    // Names repeat in nearly every stack, however many there are.
    const NAMES: usize = 64 << 20;
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("emberscope version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_column_dictionary_page_size_limit(list_column(), NAMES)
        .set_key_value_metadata(Some(vec![KeyValue::new(NOTES_KEY.to_owned(), json)]));
    for name in numbers {
        builder = builder
            .set_column_dictionary_enabled(ColumnPath::from(*name), false)
            .set_column_encoding(ColumnPath::from(*name), Encoding::DELTA_BINARY_PACKED);
    }
    Ok(builder.build())
}

/// The elements of the stacks' lists.
fn list_column() -> ColumnPath {
    ColumnPath::new(["frames", "list", "element"].map(str::to_owned).to_vec())
}
