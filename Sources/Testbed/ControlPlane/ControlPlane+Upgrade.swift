extension ControlPlane {
    /// Ends a program of the control plane and starts another release's in its place, on the same state. Returns when
    /// it is ready.
    ///
    /// - Throws: `TestbedError` for binaries that cannot be asked or do not start; `CancellationError`.
    package func upgrade(_ component: Component, to toolbox: Toolbox) async throws {
        let release = try await Release.ask(toolbox, scratch: surroundings.scratch)
        let process = try self.component(component)
        await process.stop()
        await process.replace(
            try toolbox.path(of: component),
            component.arguments(layout, settings, flags: release.flags(of: component))
        )
        try await process.start()
    }
}
