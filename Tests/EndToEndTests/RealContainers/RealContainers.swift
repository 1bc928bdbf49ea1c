import Testing

/// What only real containers can show: exit codes, probes, signals, hooks, what a container sees of itself.
///
/// All suites that need them share this one fleet: write `extension RealContainers { @Suite struct MyTests {} }`, take
/// the pods' containers from `Manifest.shell` and `Manifest.shellPod`, and a namespace from `TestSpace.with`. A test
/// must not disturb a cluster as a whole; one that does has a fleet of its own, `.fleet(.realContainersBesideOthers)` on
/// its suite, or `.fleet(.realContainers)` if it must have the machine for itself.
/// What a container has to tell it writes to `/dev/termination-log` (`JSON.lastWords`); what it has to wait for, or to
/// tell while it ends, goes through a ``Gate``.
@Suite(.fleet(.realContainers, lasting: .seconds(150)))
struct RealContainers {}
