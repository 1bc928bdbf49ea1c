import KubeModel

/// Takes from the metrics of a kubelet what is about some instances, in the names of their pods. Pure.
///
/// The namespace is the first label and the pod the second: virtual-kubelet's conformance suite looks for the pod's name
/// there, and everybody else looks by name. Samples of the node and of other pods are left out, and so is what can't be
/// read: what a kubelet writes is not ours to trust.
struct ExpositionFilter {
    private let subjects: UsageSubjects
    private let page: MetricsPage
    private var exposition = Exposition()
    private var tally = UsageTally()
    /// The family that was declared last; the samples of a histogram have other names.
    private var family = ""

    init(_ page: MetricsPage, of subjects: UsageSubjects) {
        self.page = page
        self.subjects = subjects
    }

    /// The bytes that were kept so far.
    var byteCount: Int { exposition.byteCount }

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
        guard page == .resource else { return UsagePage(exposition: exposition) }
        var exposition = exposition
        for (subject, container, start) in tally.missingStarts {
            exposition.addStart(start, of: container, subject.key)
        }
        return UsagePage(exposition: exposition, readings: tally.readings)
    }

    private mutating func take(_ sample: ExpositionLine.Sample) {
        guard let namespace = sample.value(of: "namespace"), let pod = sample.value(of: "pod"), !pod.isEmpty,
            let subject = subjects[
                ObjectKey(
                    namespace: String(decoding: namespace, as: UTF8.self),
                    name: String(decoding: pod, as: UTF8.self)
                )
            ]
        else { return }
        let belongs = !family.isEmpty && sample.name.starts(with: family.utf8)
        exposition.add(
            Self.render(sample, subject),
            to: belongs ? family : String(decoding: sample.name, as: UTF8.self)
        )
        guard page == .resource else { return }
        let container = sample.value(of: "container").map { String(decoding: $0, as: UTF8.self) } ?? ""
        tally.note(sample.name, of: subject, container: container, sample)
    }

    private static func render(_ sample: ExpositionLine.Sample, _ subject: UsageSubjects.Subject) -> [UInt8] {
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
        line += sample.rest
        line.append(UInt8(ascii: "\n"))
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
