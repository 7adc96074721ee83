//! The contractor's portal and the guarantor's desk.
