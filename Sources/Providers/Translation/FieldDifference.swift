/// A field of a pod that its delegate has otherwise, and why. Names the field and never its value.
package struct FieldDifference: Sendable, Hashable {
    /// "spec.containers[main].image".
    package let path: String
    /// Whether the delegate has nothing there.
    package let isMissing: Bool
    /// What the table of fields says becomes of it; nil where it is none of martlet's doing.
    package let fate: PodField.Fate?
    package let why: String
    /// It is so of nearly every pod, and no news to anybody.
    package let isOrdinary: Bool

    package init(path: String, isMissing: Bool, fate: PodField.Fate?, why: String, isOrdinary: Bool) {
        self.path = path
        self.isMissing = isMissing
        self.fate = fate
        self.why = why
        self.isOrdinary = isOrdinary
    }
}
