import KubeModel
import Testbed
import Testing

extension RealContainers {
    /// `kubectl logs` of a delegated pod.
    @Suite struct LogTests {}
}

extension RealContainers.LogTests {
    /// Lines of all lengths, some of which the container runtime splits.
    private static let lines = """
        i=0; while [ $i -lt 300 ]; do i=$((i+1)); printf '%s %0'$((i * 7))'d\\n' "line $i" 0; done
        echo to stderr >&2; echo 'the end'
        """

    @Test("A log is that of the remote, bit by bit, whatever is asked for", .rows(92))
    func options() async throws {
        try await TestSpace.with("logs") { space in
            let late = "until [ -e /tmp/late ]; do sleep 0.2; done; echo much later"
            try await space.start("web", "\(Self.lines); \(late); \(Manifest.idle)")
            let early = ContinuousClock.now
            let remote = try await space.cluster(of: "web")
            let isWhole = "until k logs web | grep -c 'the end' >/dev/null; do sleep 0.2; done"
            let whole = try await space.shell(at: remote, "\(isWhole); k logs web")
            #expect(whole.output.count > 300_000)
            // Nothing is said for longer than other answers may take.
            let follow = """
                b logs -f --tail=0 web >heard 2>&1 & until grep -q later heard; do sleep 0.2; kill -0 $! || break; done
                kill $!; cat heard
                """
            async let followed = space.shell(.own, follow)
            let asked = ContinuousClock.now
            let stamp = "k logs web --timestamps | sed -n '150s/ .*//p'"
            let time = try #require(await space.shell(at: remote, stamp).output.split(separator: "\n").first)
            let options = [
                "", "--tail=0", "--tail=3", "--tail=100000", "--timestamps", "--limit-bytes=1000",
                "--since-time=\(time)", "--container=main --tail=1 --timestamps", "--all-containers",
            ]
            for option in options {
                for kubectl in Kubectl.present {
                    let shown = try await space.shell(kubectl, "k logs web \(option) | md5sum").checked()
                    let meant = try await space.shell(kubectl, at: remote, "k logs web \(option) | md5sum").checked()
                    #expect(shown.output == meant.output, "logs \(option)")
                }
            }
            // A time that parts the log in two is as far from both parts, for it is told from now on.
            try await eventually("the first part is old", within: .seconds(45)) {
                ContinuousClock.now - asked > .seconds(40)
            }
            try await space.shell(.own, "k exec web -- touch /tmp/late").checked()
            try await eventually("the second part is there") {
                try await space.shell(at: remote, "k logs web").output.hasSuffix("much later\n")
            }
            #expect(try await followed.output == "much later\n")
            let since = "--since=\((ContinuousClock.now - early).components.seconds / 2)s"
            for kubectl in Kubectl.present {
                let shown = try await space.shell(kubectl, "k logs web \(since)").checked()
                #expect(shown.output == "much later\n")
            }
            let all = try await space.shell(.own, "k logs web --since=1h | md5sum").checked()
            #expect(try await space.shell(at: remote, "k logs web | md5sum").checked().output == all.output)
        }
    }

    @Test("A log is followed to the container's end, and the one before is there", .rows(92))
    func follow() async throws {
        try await TestSpace.with("follow") { space in
            let count = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; sleep 0.1; done; exit 3"
            let script = "[ -e /work/ran ] || { touch /work/ran; \(count); }; echo again; \(Manifest.idle)"
            let container: JSON = ["volumeMounts": [["name": "work", "mountPath": "/work"]]]
            let volume: JSON = ["volumes": [["name": "work", "emptyDir": [:]]]]
            try await space.apply(Manifest.pod("web", Manifest.shellPod(script, container: container, volume)))
            let once = Manifest.shellPod("\(count.replacing("exit 3", with: "exit 0"))", ["restartPolicy": "Never"])
            try await space.apply(Manifest.pod("once", once))
            try await space.pod("once", "has begun", within: .seconds(60)) {
                ["Running", "Succeeded"].contains($0.phase)
            }
            let numbers = (1...40).map { "\($0)\n" }.joined()
            let followed = try await space.shell(Kubectl.present[0], "k logs --follow once").checked()
            #expect(followed.output == numbers)
            let last = try await space.shell(.own, "k logs --follow --tail=2 once").checked()
            #expect(last.output == "39\n40\n")
            try await space.pod("web", "was restarted", within: .seconds(60)) {
                ($0.firstContainer?["restartCount"]?.int ?? 0) > 0
            }
            let previous = try await space.shell(.own, "k logs --previous web").checked()
            #expect(previous.output == numbers)
        }
    }

    @Test("A log that is followed ends with its container, and the next is followed anew, as in the remote", .rows(92))
    func restart() async throws {
        try await TestSpace.with("relogs") { space in
            // The container ends twice, when it is told to, and once its last words have been heard.
            let wait = { (file: String) in "until [ -e /work/\(file).$n ]; do sleep 0.2; done" }
            let script = """
                n=$(ls /work | grep -c ran); touch /work/ran.$n
                head -c 50000 /dev/urandom; echo; echo begun $n; \(wait("go"))
                head -c 50000 /dev/urandom; echo; echo ending $n; \(wait("bye")); [ $n = 1 ] || exit 3
                """
            let container: JSON = ["volumeMounts": [["name": "work", "mountPath": "/work"]]]
            let spec: JSON = ["volumes": [["name": "work", "emptyDir": [:]]], "restartPolicy": "OnFailure"]
            try await space.start("web", script, container: container, spec)
            let remote = try await space.cluster(of: "web")
            // What a kubelet keeps of the container before is there for as long as the next one runs.
            let follow = """
                r() { k --kubeconfig '\(remote.control.kubeconfig)' "$@"; }
                both_heard() {
                    until grep -qax "$1" here.$n && grep -qax "$1" there.$n; do
                        sleep 0.2; kill -0 $here && kill -0 $there || exit 1
                    done
                }
                for n in 0 1; do
                    until k logs web | grep -cax "begun $n" >/dev/null; do sleep 0.2; done
                    k logs -f web >here.$n & here=$!
                    r logs -f web >there.$n & there=$!
                    both_heard "begun $n"
                    if [ $n = 1 ]; then
                        k logs --previous web >previous && r logs --previous web | cmp - previous \
                            && cmp previous here.0 && echo previous
                    fi
                    k exec web -- touch /work/go.$n || exit 1
                    both_heard "ending $n"; k exec web -- touch /work/bye.$n || exit 1
                    wait $here && wait $there && cmp here.$n there.$n && [ $(wc -c <here.$n) -gt 90000 ] && echo $n
                done
                """
            let result = try await space.shell(.own, follow)
            #expect(result.output == "0\nprevious\n1\n", "\(result)")
            try await space.pod("web", "has ended", within: .seconds(20)) {
                $0.phase == "Succeeded" && $0.restarts == 1
            }
        }
    }

    @Test("The logs of all containers are those of the remote, and each one's", .rows(92))
    func containers() async throws {
        try await TestSpace.with("alllogs") { space in
            var spec = Manifest.pod(of: [
                Manifest.shell("seq 1000 2000; \(Manifest.idle)"),
                Manifest.shell("seq 2000 3000; \(Manifest.idle)", name: "side"),
            ])
            spec["initContainers"] = [Manifest.shell("echo first", name: "first")]
            try await space.apply(Manifest.pod("web", spec))
            try await space.pod("web", "runs", within: .seconds(40)) { $0.phase == "Running" }
            let remote = try await space.cluster(of: "web")
            let ends = [("first", "first"), ("main", "2000"), ("side", "3000")]
            let isWhole = ends.map { "until k logs web -c \($0) | grep -qx \($1); do sleep 0.2; done" }
            _ = try await space.shell(at: remote, isWhole.joined(separator: "; ")).checked()
            for option in [
                "--all-containers", "--all-containers --prefix --timestamps", "-c first", "-c side --tail=5",
            ] {
                for kubectl in Kubectl.present {
                    let shown = try await space.shell(kubectl, "k logs web \(option)").checked()
                    let meant = try await space.shell(kubectl, at: remote, "k logs web \(option)").checked()
                    // kubectl reads containers side by side: whose lines come first is chance.
                    #expect(Self.lines(of: shown.output) == Self.lines(of: meant.output), "logs \(option)")
                    #expect(!shown.output.isEmpty)
                }
            }
        }
    }

    private static func lines(of text: String) -> [Substring] { text.split(separator: "\n").sorted() }

    @Test("A log is followed through its rotation, without a line lost or twice", .rows(92))
    func rotation() async throws {
        try await TestSpace.with("rotated") { space in
            // Ten thousand lines are just less than the ten mebibytes after which a kubelet begins a new file; it looks every
            // ten seconds. What is written while it does so, what a reader has not read of the old file by then, and what
            // comes just before the container's end, it may lose itself. Before 1.29 it may also miss the new file, and
            // then says nothing more until the container's end (kubernetes/kubernetes#115701).
            let write = { (range: String) in "for i in $(seq \(range)); do printf '%s %01000d\\n' $i 0; done" }
            let wait = { (file: String) in "until [ -e \(file) ]; do sleep 0.1; done" }
            let script = [
                write("10000"), wait("/tmp/more"), write("10001 10050"), wait("/tmp/last"), write("10051 10100"),
                wait("/tmp/heard"),
            ]
            try await space.start("web", script.joined(separator: "; "), ["restartPolicy": "Never"])
            let remote = try await space.cluster(of: "web")
            let sure = try await remote.minorRelease() < 29 ? 10_050 : 10_100
            // What is left to read without following is what the kubelet has left, and shows that it was rotated.
            let follow = """
                k logs -f web >followed & follower=$!
                until [ $(wc -l <followed) = 10000 ]; do sleep 0.1; done
                k exec web -- touch /tmp/more
                until [ $(wc -l <followed) = 10050 ]; do sleep 0.1; done
                until [ $(k logs web | wc -l) -lt 10000 ]; do sleep 0.5; done
                k exec web -- touch /tmp/last
                until k logs web | grep '^10100 ' >said; do sleep 0.5; done
                until [ $(wc -l <followed) -ge \(sure) ]; do sleep 0.1; done
                k exec web -- touch /tmp/heard
                wait $follower
                (\(write("10100"))) >written
                cmp -n $(wc -c <followed) written followed && wc -l <followed
                """
            let heard = try await space.shell(.own, follow).checked().output
            #expect((Int(heard.filter(\.isNumber)) ?? 0) >= sure)
            let left = try await space.shell(.own, "k logs web | wc -l").checked().output
            #expect(try await space.shell(at: remote, "k logs web | wc -l").checked().output == left)
            #expect((Int(left.filter(\.isNumber)) ?? .max) < 10_000)
        }
    }

    @Test("What is wrong with a request for a log is said in the remote's words", .rows(92))
    func refusals() async throws {
        try await TestSpace.with("nologs") { space in
            try await space.start("web", Manifest.idle)
            let previous = try await space.shell(.own, "k logs --previous web")
            #expect(!previous.status.isSuccess)
            #expect(previous.errorOutput.contains("previous terminated container \"main\" in pod \"web\" not found"))
        }
    }
}
