import KubeModel

/// Takes from the metrics of a kubelet what is about some instances, in the names of their pods. Pure.
///
/// The namespace is the first label and the pod the second: virtual-kubelet's conformance suite looks for the pod's name
/// there, and everybody else looks by name. Samples of the node and of other pods are left out, of earlier pods of the
/// same name too where that can be told, and so is what can't be read: what a kubelet writes is not ours to trust.
struct ExpositionFilter {
    /// A sample of `/metrics/resource`, which is judged when all have come.
    private struct Sample {
        let family: String
        let subject: UsageSubjects.Subject
        /// Empty for the instance as a whole.
        let container: String
        let isCPU: Bool
        let isStart: Bool
        /// Up to the value.
        let head: [UInt8]
        /// The value, and the time if there is one.
        let rest: [UInt8]
    }

    /// How a kubelet says that it could not read its containers, and that this is why they are not on the page: up to
    /// 1.28, since then, and on cAdvisor's page.
    private static let errorFamilies: Set = ["scrape_error", "resource_scrape_error", "container_scrape_error"]

    private let subjects: UsageSubjects
    private let page: MetricsPage
    private let voice: CounterVoice
    private var exposition = Exposition()
    private var samples: [Sample] = []
    private var sampleBytes = 0
    private var tally = UsageTally()
    private var hasErrors = false
    /// The family that was declared last; the samples of a histogram have other names.
    private var family = ""

    /// - Parameter voice: how the counters of `/metrics/resource` are told; as they stand by default.
    init(_ page: MetricsPage, of subjects: UsageSubjects, _ voice: CounterVoice = CounterVoice()) {
        self.page = page
        self.subjects = subjects
        self.voice = voice
    }

    /// The bytes that were kept so far.
    var byteCount: Int { exposition.byteCount + sampleBytes }

    mutating func take(_ line: ArraySlice<UInt8>) {
        switch ExpositionLine(line) {
        case .help(let name, let text):
            family = name
            exposition.declare(name, help: text)
        case .type(let name, let text):
            family = name
            exposition.declare(name, type: text)
        case .sample(let sample): take(sample)
        case nil: break
        }
    }

    /// What was kept. On the page of resources containers whose start was not told have that of their pod's status.
    var result: UsagePage {
        let gaps = hasErrors ? ["the kubelet could not read all of its containers"] : []
        guard page == .resource else { return UsagePage(exposition: exposition, gaps: gaps) }
        var (exposition, tally) = (exposition, tally)
        let strangers = tally.removeStrangers()
        let moved = tally.move(by: voice)
        let starts = tally.starts(by: voice)
        for sample in samples {
            let part = UsageTally.Part(instanceUID: sample.subject.instanceUID, container: sample.container)
            guard !strangers.contains(part) else { continue }
            let value: Double? = sample.isCPU ? moved[part] : sample.isStart ? starts[part] : nil
            let rest = value.map { Self.replacingValue(of: sample.rest, by: $0) }
            exposition.add(sample.head + (rest ?? sample.rest) + [UInt8(ascii: "\n")], to: sample.family)
        }
        for (subject, container, start) in tally.missingStarts {
            let part = UsageTally.Part(instanceUID: subject.instanceUID, container: container)
            exposition.addStart(starts[part] ?? start, of: container, subject.key)
        }
        return UsagePage(exposition: exposition, readings: tally.readings, gaps: gaps)
    }

    private mutating func take(_ sample: ExpositionLine.Sample) {
        guard let namespace = sample.value(of: "namespace"), let pod = sample.value(of: "pod"), !pod.isEmpty,
            let subject = subjects[
                ObjectKey(
                    namespace: String(decoding: namespace, as: UTF8.self),
                    name: String(decoding: pod, as: UTF8.self)
                )
            ]
        else { return noteError(sample) }
        // Whoever reads the page would lose all of it.
        guard sample.reading != nil else { return }
        let name = String(decoding: sample.name, as: UTF8.self)
        let belongs = !family.isEmpty && sample.name.starts(with: family.utf8)
        let head = Self.head(sample, subject)
        guard page == .resource else {
            return exposition.add(head + sample.rest + [UInt8(ascii: "\n")], to: belongs ? family : name)
        }
        let container = sample.value(of: "container").map { String(decoding: $0, as: UTF8.self) } ?? ""
        samples.append(
            Sample(
                family: belongs ? family : name,
                subject: subject,
                container: container,
                isCPU: UsageTally.isCPU(name),
                isStart: UsageTally.isStart(name),
                head: head,
                rest: Array(sample.rest)
            )
        )
        sampleBytes += head.count + sample.rest.count + 1
        tally.note(name, of: subject, container: container, sample)
    }

    private mutating func noteError(_ sample: ExpositionLine.Sample) {
        guard Self.errorFamilies.contains(String(decoding: sample.name, as: UTF8.self)) else { return }
        hasErrors = hasErrors || sample.reading?.value != 0
    }

    private static func replacingValue(of rest: [UInt8], by value: Double) -> [UInt8] {
        let space = UInt8(ascii: " ")
        let time = rest.split(separator: space).dropFirst().first.map { [space] + $0 } ?? []
        return Array(" \(Exposition.number(value))".utf8) + time
    }

    /// A sample up to its value.
    private static func head(_ sample: ExpositionLine.Sample, _ subject: UsageSubjects.Subject) -> [UInt8] {
        var line = Array(sample.name)
        line += Array("{namespace=\"\(subject.key.namespace)\",pod=\"\(subject.key.name)\"".utf8)
        for (name, value) in sample.labels {
            let label = String(decoding: name, as: UTF8.self)
            if label == "namespace" || label == "pod" { continue }
            line.append(UInt8(ascii: ","))
            line += name
            line += Array("=\"".utf8)
            switch label {
            case "pod_uid": line += Array(subject.podUID.utf8)
            case "id": line += Self.group(value, subject)
            default: line += value
            }
            line.append(UInt8(ascii: "\""))
        }
        line.append(UInt8(ascii: "}"))
        return line
    }

    /// A control group's path holds the UID of its pod, with underscores where systemd names it.
    private static func group(_ path: ArraySlice<UInt8>, _ subject: UsageSubjects.Subject) -> [UInt8] {
        let text = String(decoding: path, as: UTF8.self)
        let underscored = subject.instanceUID.replacing("-", with: "_")
        return Array(
            text.replacing(subject.instanceUID, with: subject.podUID)
                .replacing(underscored, with: subject.podUID.replacing("-", with: "_")).utf8
        )
    }
}

extension Exposition {
    /// When a container began, in seconds since 1970.
    mutating func addStart(_ start: Double, of container: String, _ pod: ObjectKey) {
        let name = "container_start_time_seconds"
        declare(name, help: "Start time of the container since unix epoch in seconds".utf8, type: "gauge".utf8)
        add(name, [("namespace", pod.namespace), ("pod", pod.name), ("container", container)], start, at: nil)
    }
}
