//! A connection to the database that can be cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Line {
    /// They pass.
    Open = 0,
    /// They vanish into silence: no answer, no end.
    Silent = 1,
    /// Connections end, and new ones end at once.
    Cut = 2,
}

/// Passes connections on to another address.
#[derive(Clone, Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    line: Arc<AtomicU8>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            line: Arc::new(AtomicU8::new(Line::Open as u8)),
            streams: Arc::default(),
        };
        let accepting = proxy.clone();
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let Ok(near) = near else { continue };
                if accepting.line.load(Ordering::SeqCst) == Line::Cut as u8 {
                    continue;
                }
                let Ok(far) = TcpStream::connect(target) else { continue };
                let both = [near.try_clone().unwrap(), far.try_clone().unwrap()];
                accepting.streams.lock().unwrap().extend(both);
                accepting.pump(near.try_clone().unwrap(), far.try_clone().unwrap());
                accepting.pump(far, near);
            }
        });
        proxy
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let line = Arc::clone(&self.line);
        std::thread::spawn(move || {
            let mut bytes = [0; 16 * 1024];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                while line.load(Ordering::SeqCst) == Line::Silent as u8 {
                    std::thread::sleep(Duration::from_millis(5));
                }
                if to.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
            let _ended = from.shutdown(Shutdown::Both);
            let _ended = to.shutdown(Shutdown::Both);
        });
    }

    /// Changes what becomes of bytes. Whatever the change, connections of before end: those that
    /// were cut off find out when the line is open again.
    pub fn set(&self, line: Line) {
        if line != Line::Silent {
            for stream in self.streams.lock().unwrap().drain(..) {
                let _ended = stream.shutdown(Shutdown::Both);
            }
        }
        self.line.store(line as u8, Ordering::SeqCst);
    }
}
