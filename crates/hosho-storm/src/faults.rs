//! A full disk, a disk that cannot be written, and clocks that jump: clean errors, nothing half
//! written, and everything as before when it is over.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use hosho::UnixTime;
use hosho_publish::{Client, ClientError};
use serde_json::json;

use crate::process::{Service, program};
use crate::publisher::{Made, Publisher};
use crate::stage::{count, now};
use crate::wire::{Answer, get, post_json};

/// The library that lets a program see another time.
const OTHER_TIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const ROWS: &str = "SELECT count(*) FROM sealed";

/// A disk of its own in memory; it is gone when this is dropped.
struct Disk(PathBuf);

impl Disk {
    fn of(folder: &Path, size: &str) -> Self {
        let disk = Self(folder.join("disk"));
        std::fs::create_dir(&disk.0).unwrap();
        disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        disk
    }

    fn mount(&self, arguments: &[&str]) {
        let done = Command::new("mount").args(arguments).arg(&self.0).status().unwrap();
        assert!(done.success(), "mounting needs root");
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> PathBuf {
        let file = self.0.join("filler");
        let mut filler = std::fs::File::create(&file).unwrap();
        for size in [4096, 1] {
            while std::io::Write::write_all(&mut filler, &vec![0; size]).is_ok() {}
        }
        file
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A failed test must still clean up as far as it can.
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

pub fn run() {
    full_disk();
    clocks();
}

fn code_of(told: Result<(), ClientError>) -> String {
    match told {
        Ok(()) => "published".to_owned(),
        Err(error) => error.code().map_or_else(|| format!("{error:?}"), str::to_owned),
    }
}

fn opens(address: SocketAddr, made: &Made) -> Answer {
    let question = json!({ "number": made.number, "auth_key": made.auth_key });
    post_json(address, "/api/v1/open", &question).unwrap()
}

fn full_disk() {
    let publisher = Publisher::new();
    let disk = Disk::of(publisher.path(), "8m");
    let database = format!("sqlite://{}", disk.0.join("confirm.db").display());
    let config = publisher.config("disk", "", &database);
    let service = Service::start("hosho-confirm", &config);
    let client = Publisher::client(service.address);
    let all: Vec<Made> = (0..400).map(|index| publisher.make(index)).collect();
    let (before, after) = all.split_at(5);
    for made in before {
        let published = publisher.publish(&client, &made.sealed);
        assert!(published.is_ok(), "{published:?}: {}", service.log());
    }
    let filler = disk.fill();
    // What the log of writes has room for is still taken; then the disk is full.
    let mut kept = before.len();
    let refused = after.iter().find_map(|made| match publisher.publish(&client, &made.sealed) {
        Ok(()) => {
            kept += 1;
            None
        }
        Err(error) => Some((made, error)),
    });
    let (made, error) = refused.expect("a full disk refuses");
    assert!(error.is_temporary(), "the worker sends it again: {error:?}");
    let code = code_of(Err(error));
    assert_eq!(code, "E10-AWAY");
    let opened = opens(service.address, &before[0]);
    assert!(opened.status == 200 || opened.code() == "E10-AWAY", "{}", opened.text());
    assert_eq!(get(service.metrics, "/healthz").unwrap().status, 200, "the process lives");
    std::fs::remove_file(filler).unwrap();
    assert_eq!(count(&database, ROWS), kept as i64, "nothing half written");
    let again = publisher.publish(&client, &made.sealed);
    assert!(again.is_ok(), "{again:?}: {}", service.log());
    for made in before.iter().chain([made]) {
        let opened = opens(service.address, made);
        assert_eq!(opened.status, 200, "{}", opened.text());
    }
    assert_eq!(service.stop(), Some(0));
    assert_eq!(count(&database, ROWS), kept as i64 + 1);
    assert_eq!(
        count(
            &database,
            "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"
        ),
        0
    );
    println!(
        "faults: a full disk refuses with {code} after {kept} certificates, and takes them again when there is room"
    );
    read_only(&disk, &config, &before[0]);
}

fn read_only(disk: &Disk, config: &Path, made: &Made) {
    disk.mount(&["-o", "remount,ro"]);
    let serve = || {
        let mut command = Command::new(program("hosho-confirm"));
        command.arg("serve").arg(config);
        command
    };
    let told = Service::try_of(serve()).expect_err("it cannot write");
    assert!(told.contains("E10-DATABASE"), "{told}");
    disk.mount(&["-o", "remount,rw"]);
    let service = Service::start("hosho-confirm", config);
    assert_eq!(opens(service.address, made).status, 200);
    assert_eq!(service.stop(), Some(0));
    println!("faults: on a disk that cannot be written it does not start, and says E10-DATABASE");
}

fn clocks() {
    assert!(Path::new(OTHER_TIME).exists(), "{OTHER_TIME} is missing: apt-get install faketime");
    let publisher = Publisher::new();
    let (database, time) = (publisher.database(), publisher.path().join("time"));
    let config = publisher.config("clock", "", &database);
    let set = |shift: &str| std::fs::write(&time, shift).unwrap();
    set("+0");
    let mut command = Command::new(program("hosho-confirm"));
    command.arg("serve").arg(&config).env("LD_PRELOAD", OTHER_TIME);
    command.env("FAKETIME_TIMESTAMP_FILE", &time).env("FAKETIME_NO_CACHE", "1");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let service = Service::of(command);
    let client = Publisher::client(service.address);
    let all: Vec<Made> = (0..8).map(|index| publisher.make(index)).collect();
    let told = |made: &Made, client: &Client| code_of(publisher.publish(client, &made.sealed));
    assert_eq!(told(&all[0], &client), "published");
    for (shift, made) in [("+400", &all[1]), ("-400", &all[2]), ("+30d", &all[3])] {
        set(shift);
        assert_eq!(told(made, &client), "E10-CLOCK", "{shift}");
        assert_eq!(count(&database, ROWS), 1, "{shift}: nothing half written");
    }
    set("+200");
    assert_eq!(told(&all[4], &client), "published", "some minutes do not matter");
    // The service's clock goes back behind what it has recorded.
    set("-200");
    assert_eq!(told(&all[5], &client), "published");
    assert_eq!(opens(service.address, &all[4]).status, 200);
    set("+0");
    let shifted = |seconds: i64| {
        UnixTime::from_seconds(now().seconds().checked_add_signed(seconds).unwrap()).unwrap()
    };
    for seconds in [-301 - 30, 301 + 30] {
        let told = publisher.publish_at(&client, &all[6].sealed, shifted(seconds));
        assert_eq!(code_of(told), "E10-CLOCK", "the worker's clock: {seconds}");
    }
    assert_eq!(told(&all[6], &client), "published");
    assert_eq!(count(&database, ROWS), 4);
    assert_eq!(service.stop(), Some(0));
    println!(
        "faults: clocks that jump ahead or back are E10-CLOCK, leave nothing, and hold nobody up afterwards"
    );
}
