internal import KubeModel
internal import Providers

/// What single pods find room for, as the node's annotations have it. Pure.
enum SlotText {
    /// "cpu=1500m,memory=3Gi,pods=98", by name.
    static func largest(of slots: NodeSlots) -> String {
        slots.largest.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// "100m/128Mi=480,500m/512Mi=96": how many pods of each size fit.
    static func counts(of slots: NodeSlots) -> String {
        slots.counts.map { "\(text(of: $0.shape))=\($0.pods)" }.joined(separator: ",")
    }

    /// CPU and memory of a shape.
    static func text(of shape: NodeSlots.Shape) -> String { "\(shape.cpu)/\(shape.memory)" }
}
