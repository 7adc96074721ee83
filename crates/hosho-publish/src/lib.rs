//! What the issuing worker says to the two services: signed requests and their bodies.
