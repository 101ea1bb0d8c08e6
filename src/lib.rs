//! Emberscope: subsecond-offset heat maps and flame graphs of CPU profiles.
//!
//! A [`Profile`] is loaded once and never changes; everything else is derived from it by functions:
//!
//! ```text
//! load::open ─▶ Profile ─▶ SampleFilter::apply ─▶ Samples ─┬─▶ HeatMap
//!                                                          └─▶ CallTree (of a Selection) ─▶ FlameGraph
//! ```
//!
//! ```
//! use emberscope::{load, job::Progress, filter::SampleFilter, selection::Selection};
//! use emberscope::{call_tree::CallTree, heat_map::HeatMap};
//!
//! let text = b"app 7 [000] 1.250000: 1 cycles:\n\t1 work+0x1 (/app)\n\t2 main+0x2 (/app)\n\n";
//! let profile = load::read(Box::new(&text[..]), "-".as_ref(), &Default::default(), &Progress::default())?;
//! let samples = SampleFilter::default().apply(&profile)?;
//! let heat_map = HeatMap::new(&profile, &samples, Default::default())?;
//! assert_eq!((heat_map.columns, heat_map.max), (1, 1));
//! let tree = CallTree::new(&profile, &samples, &Selection::whole());
//! assert_eq!(tree.total(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The library knows nothing of windows or terminals; [`cli`] and `gui` stand on top of it.

pub mod guard;
pub mod profile;

pub mod parquet_schema;
pub mod pprof_schema;

pub mod load;

pub mod filter;
pub mod selection;

pub mod call_tree;
pub mod grouping;
pub mod heat_map;
pub mod lanes;
pub mod package;
pub mod quality;
pub mod roots;
pub mod shape;

pub mod difference;
pub mod difference_map;
pub mod findings;
pub mod off_cpu;
pub mod ratio;

pub mod flame_graph;

pub mod palette;
pub mod value_map;

pub mod export;

pub mod session_file;

pub mod job;
pub mod search;

pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;

pub use profile::Profile;
