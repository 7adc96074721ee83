//! HTTP plumbing that the portal and the confirmation service share.
