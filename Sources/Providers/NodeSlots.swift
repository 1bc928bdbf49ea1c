package import KubeModel

/// What single pods find room for on the nodes of a cluster, our own pods counted: a sum does not tell whether a pod fits.
package struct NodeSlots: Sendable, Equatable {
    /// What a pod of a common size asks for.
    package struct Shape: Sendable, Hashable {
        package let cpu: Quantity
        package let memory: Quantity

        /// From a sidecar to a large server, about four times as much from one to the next.
        package static let common = [
            Shape(milliCPU: 100, mebibytes: 128), Shape(milliCPU: 500, mebibytes: 512),
            Shape(milliCPU: 2000, mebibytes: 4096), Shape(milliCPU: 8000, mebibytes: 32_768),
        ]

        package init(milliCPU: Int64, mebibytes: Int64) {
            cpu = Quantity(milli: milliCPU)
            memory = Quantity(units: mebibytes << 20, format: .binarySI)
        }
    }

    /// How many pods of a shape fit.
    package struct Count: Sendable, Equatable {
        package let shape: Shape
        package let pods: Int64

        package init(shape: Shape, pods: Int64) {
            self.shape = shape
            self.pods = pods
        }
    }

    /// What is free on the node with the most free CPU, of equals that with the most memory, and then of the
    /// rest by name; empty if there is no node.
    package let largest: ResourceList
    /// In the order of ``Shape/common``.
    package let counts: [Count]

    /// - Parameter free: what is free on each node, also as a number of pods.
    package init(free: [ResourceList], shapes: [Shape] = Shape.common) {
        largest = free.max(by: Self.isSmaller) ?? [:]
        counts = shapes.map { shape in
            let request = ["cpu": shape.cpu, "memory": shape.memory, "pods": Quantity(units: 1)]
            return Count(shape: shape, pods: free.map { Self.fitting(request, in: $0) }.clampedSum)
        }
    }

    /// In whatever order nodes come, the same one is the largest: what is told of it is no news by itself.
    private static func isSmaller(_ left: ResourceList, than right: ResourceList) -> Bool {
        let (small, large) = (size(left), size(right))
        guard small == large else { return small < large }
        let names = Set(left.keys).union(right.keys).sorted()
        guard let name = names.first(where: { left[$0] != right[$0] }) else { return false }
        return left[name] ?? .zero < right[name] ?? .zero
    }

    private static func size(_ free: ResourceList) -> (Quantity, Quantity) {
        (free["cpu"] ?? .zero, free["memory"] ?? .zero)
    }

    private static func fitting(_ request: ResourceList, in free: ResourceList) -> Int64 {
        request.map { name, amount in free[name]?.fitting(amount) ?? 0 }.min() ?? 0
    }
}
