//! One Parquet file of a table: checked when it is opened, then read a column at a time.

use super::Problem;
use crate::job::Progress;
use crate::parquet_schema::{NOTES_KEY, Notes, Table, VERSION};
use parquet::basic::Type as PhysicalType;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows that are read at once.
const BATCH: usize = 1 << 16;

/// A file of a table that an export wrote.
pub(super) struct TableFile {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    pub(super) notes: Notes,
    pub(super) rows: usize,
}

/// Types of columns that are read.
pub(super) trait Readable: DataType {
    const PHYSICAL: PhysicalType;
}

impl Readable for Int64Type {
    const PHYSICAL: PhysicalType = PhysicalType::INT64;
}
impl Readable for Int32Type {
    const PHYSICAL: PhysicalType = PhysicalType::INT32;
}
impl Readable for BoolType {
    const PHYSICAL: PhysicalType = PhysicalType::BOOLEAN;
}
impl Readable for ByteArrayType {
    const PHYSICAL: PhysicalType = PhysicalType::BYTE_ARRAY;
}

impl TableFile {
    /// Opens a file, which must be one of `table`.
    pub(super) fn open(path: &Path, table: Table) -> Result<Self, Problem> {
        let file = File::open(path).map_err(|reason| Problem::Open {
            path: path.to_owned(),
            reason,
        })?;
        let reader = SerializedFileReader::new(file).map_err(|error| damaged(path, &error))?;
        let metadata = reader.metadata().file_metadata();
        let notes = notes(path, &reader)?;
        if notes.table != table {
            let (path, table) = (path.to_owned(), notes.table.name());
            return Err(Problem::OtherTable { path, table });
        }
        let rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
        Ok(Self {
            path: path.to_owned(),
            reader,
            notes,
            rows,
        })
    }

    /// Gives each row's value of a column to `take`, which says what is wrong with it.
    pub(super) fn read<T: Readable>(
        &self,
        column: &str,
        progress: &Progress,
        mut take: impl FnMut(Option<&T::T>) -> Result<(), &'static str>,
    ) -> Result<(), Problem> {
        let wrong = |what: &str| Problem::Damaged {
            path: self.path.clone(),
            reason: format!("column {column}: {what}"),
        };
        let damaged = |error: ParquetError| damaged(&self.path, &error);
        let schema = self.reader.metadata().file_metadata().schema_descr_ptr();
        let mut columns = schema.columns().iter();
        let index = columns.position(|found| found.path().string() == column);
        let index = index.ok_or_else(|| wrong("is missing"))?;
        let description = schema.column(index);
        let most = description.max_def_level();
        if description.physical_type() != T::PHYSICAL || description.max_rep_level() > 0 || most > 1
        {
            return Err(wrong("has another type"));
        }
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let mut rows = 0;
        for group in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group).map_err(damaged)?;
            let reader = group.get_column_reader(index).map_err(damaged)?;
            let mut reader = get_typed_column_reader::<T>(reader);
            loop {
                if progress.is_cancelled() {
                    return Err(Problem::Cancelled);
                }
                values.clear();
                levels.clear();
                let read = reader.read_records(BATCH, Some(&mut levels), None, &mut values);
                let (records, ..) = read.map_err(damaged)?;
                if records == 0 {
                    break;
                }
                rows += records;
                let mut present = values.iter();
                if most == 0 {
                    levels.resize(records, most);
                }
                for level in &levels {
                    let value = (*level == most).then(|| present.next()).flatten();
                    take(value).map_err(wrong)?;
                }
            }
            let size = group.metadata().column(index).compressed_size();
            progress.add(u64::try_from(size).unwrap_or(0));
        }
        match rows == self.rows {
            true => Ok(()),
            false => Err(wrong("has more or fewer rows than the table")),
        }
    }
}

/// Whether the file is one of an export, of whichever table.
pub(super) fn check_notes(path: &Path) -> Result<(), Problem> {
    let file = File::open(path).map_err(|reason| Problem::Open {
        path: path.to_owned(),
        reason,
    })?;
    let reader = SerializedFileReader::new(file).map_err(|error| damaged(path, &error))?;
    notes(path, &reader).map(|_| ())
}

/// Reads the notes; of tables that a newer version wrote, no more than that.
fn notes(path: &Path, reader: &SerializedFileReader<File>) -> Result<Notes, Problem> {
    let metadata = reader.metadata().file_metadata();
    let mut entries = metadata.key_value_metadata().into_iter().flatten();
    let entry = entries.find(|entry| entry.key == NOTES_KEY);
    let Some(json) = entry.and_then(|entry| entry.value.as_deref()) else {
        return Err(Problem::Foreign(path.to_owned()));
    };
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let unreadable = |error: serde_json::Error| Problem::Damaged {
        path: path.to_owned(),
        reason: format!("its notes: {error}"),
    };
    let Version { version } = serde_json::from_str(json).map_err(unreadable)?;
    if version > VERSION {
        let path = path.to_owned();
        return Err(Problem::Newer { path, version });
    }
    serde_json::from_str(json).map_err(unreadable)
}

fn damaged(path: &Path, error: &ParquetError) -> Problem {
    Problem::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
