//! The obligee's confirmation service.
