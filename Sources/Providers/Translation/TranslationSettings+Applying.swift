import KubeModel

extension TranslationSettings {
    /// Brings the settings that have names of their own to a delegate's spec.
    ///
    /// - Parameters:
    ///   - spec: the delegate's, without the fields that do not travel.
    ///   - pod: the pod as the origin has it.
    func apply(to spec: inout JSON, of pod: JSON, originID: String) {
        if scheduling == .keep {
            let kept = SchedulingConstraints.kept(of: pod["spec"] ?? [:]) {
                namespace.name(for: $0, originID: originID)
            }
            for (field, value) in kept { spec[field] = value }
        }
        if !nodeSelector.isEmpty {
            let own = spec["nodeSelector"]?.stringMap ?? [:]
            spec["nodeSelector"] = JSON(own.merging(nodeSelector) { _, ours in ours })
        }
        if !tolerations.isEmpty {
            let own = spec["tolerations"]?.array ?? []
            spec["tolerations"] = .array(own + tolerations.filter { !own.contains($0) })
        }
        if let runtimeClassName { spec["runtimeClassName"] = .string(runtimeClassName) }
        if let priority = pod.at("spec", "priorityClassName")?.string.flatMap({ priorityClasses[$0] }) {
            spec["priorityClassName"] = .string(priority)
        }
        imageRewrites.apply(to: &spec)
    }

    /// The delegate with the patches that select its pod.
    ///
    /// - Throws: ``ProviderError`` `.rejected` where a patch does not fit: it may when the pod or the configuration
    ///   changes.
    func patched(_ delegate: JSON, for pod: ObjectMeta) throws(ProviderError) -> JSON {
        var result = delegate
        for (index, patch) in patches.enumerated() where patch.selector.matches(pod.labels) {
            do {
                result = try JSONPatch.apply(patch.operations, to: result)
            } catch  where error.problem == .testFailed {
                continue
            } catch {
                throw ProviderError(
                    .rejected,
                    reason: "PatchFailed",
                    message: "Patch \(index) of the cluster's configuration does not fit the pod: \(error)"
                )
            }
        }
        return result
    }
}
