//! Two nodes of a service on one database, one of which is killed and one cut off.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::chance::Chance;
use crate::process::{Service, free_address};
use crate::proxy::{Line, Proxy};

/// A node of a service, with a line to the database that can be cut.
#[derive(Debug)]
pub struct Node {
    program: &'static str,
    config: PathBuf,
    pub address: SocketAddr,
    proxy: Proxy,
    pub service: Option<Service>,
}

impl Node {
    /// Starts a node; `configure` writes its configuration for an address and a database.
    pub fn start(
        program: &'static str,
        database: &str,
        configure: impl FnOnce(SocketAddr, &str) -> PathBuf,
    ) -> Self {
        let (before, rest) = database.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let proxy = Proxy::to(server.parse().unwrap());
        let address = free_address();
        let config = configure(address, &format!("{before}@{}/{name}", proxy.address));
        let service = Some(Service::start(program, &config));
        Self { program, config, address, proxy, service }
    }

    /// Changes what becomes of bytes between the node and its database.
    pub fn set(&self, line: Line) {
        self.proxy.set(line);
    }

    fn kill(&mut self) {
        if let Some(service) = self.service.take() {
            service.kill();
        }
    }

    /// Opens the line and starts the program again, if it is gone.
    pub fn heal(&mut self) {
        self.proxy.set(Line::Open);
        if self.service.is_none() {
            self.service = Some(Service::start(self.program, &self.config));
        }
    }
}

/// When what happens to which of two nodes.
#[derive(Clone, Copy, Debug)]
pub struct Disaster {
    killed: usize,
    kill_after: Duration,
    cut_after: Duration,
    cut_for: Duration,
    line: Line,
}

impl Disaster {
    /// Draws a disaster that begins within so many milliseconds.
    pub fn draw(chance: &mut Chance, within: u64) -> Self {
        Self {
            killed: chance.within(0, 1) as usize,
            kill_after: chance.pause(0, within),
            cut_after: chance.pause(0, within),
            cut_for: chance.pause(200, 2_000),
            line: if chance.within(0, 1) == 0 { Line::Cut } else { Line::Silent },
        }
    }

    /// Lets it happen, and heals both nodes in the end.
    pub fn strike(self, nodes: &mut [Node; 2]) {
        let [one, other] = nodes;
        let (killed, cut) = if self.killed == 0 { (one, other) } else { (other, one) };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(self.kill_after);
                killed.kill();
                std::thread::sleep(Duration::from_millis(100));
                killed.heal();
            });
            scope.spawn(|| {
                std::thread::sleep(self.cut_after);
                cut.proxy.set(self.line);
                std::thread::sleep(self.cut_for);
                cut.heal();
            });
        });
    }
}
