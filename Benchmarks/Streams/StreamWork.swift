/// Something that moves bytes between a user and a container, as a shell script in which `k` is kubectl, `$MIB` the size
/// and `$BIG` a file of that size.
enum StreamWork: String, CaseIterable, Sendable {
    case output, input, copyTo, copyFrom

    var title: String {
        switch self {
        case .output: "exec, output"
        case .input: "exec, input"
        case .copyTo: "cp to the pod"
        case .copyFrom: "cp from the pod"
        }
    }

    var script: String {
        switch self {
        case .output: #"test "$(k exec web -- dd if=/dev/zero bs=1M count=$MIB 2>/dev/null | wc -c)" = $((MIB << 20))"#
        case .input: #"test "$(k exec -i web -- wc -c <"$BIG")" = $((MIB << 20))"#
        case .copyTo: #"k cp "$BIG" web:/work/big"#
        // What was copied to the pod before comes back as it was.
        case .copyFrom: #"k cp web:/work/big "$BIG.back" >/dev/null && cmp "$BIG" "$BIG.back" && rm "$BIG.back""#
        }
    }
}

/// Where kubectl speaks to.
enum StreamWay: String, CaseIterable, Sendable {
    /// The remote itself.
    case direct
    /// The origin, and so through martlet.
    case martlet
}

/// One piece of work that is to be done once.
struct StreamTrial: Sendable {
    let work: StreamWork
    let way: StreamWay
    let round: Int

    var description: String { "\(work.title), \(way.rawValue), round \(round)" }

    /// Each work in both ways, in turn, in each round.
    static func all(rounds: Int) -> [StreamTrial] {
        (1...max(1, rounds)).flatMap { round in
            StreamWork.allCases.flatMap { work in
                StreamWay.allCases.map { StreamTrial(work: work, way: $0, round: round) }
            }
        }
    }
}

/// What came of a trial.
struct StreamResult: Sendable {
    let trial: StreamTrial
    let seconds: Double
    /// What martlet used meanwhile.
    let cpuSeconds: Double

    init(trial: StreamTrial, took time: Duration, before: ProcessUsage, after: ProcessUsage) {
        self.trial = trial
        seconds = time / .seconds(1)
        cpuSeconds = after.cpuSeconds - before.cpuSeconds
    }
}

/// What open streams cost the process.
struct OpenStreams: Sendable {
    let count: Int
    let before: ProcessUsage
    let after: ProcessUsage

    var bytesPerStream: Double { Double(after.residentBytes - before.residentBytes) / Double(max(1, count)) }
    var threadsMore: Int { after.threads - before.threads }
}
