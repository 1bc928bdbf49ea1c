import CYAML

/// Steps through a YAML text. Owns libyaml's parser and the bytes that it reads.
struct YAMLEventReader: ~Copyable {
    private let file: String?
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    init(_ text: String, file: String?) throws(YAMLError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw YAMLError(file: file, line: nil, column: nil, message: "no memory for the parser")
        }
        // One byte more, so that there is an address for an empty text too.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count + 1)
        _ = bytes.update(fromContentsOf: text.utf8)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, text.utf8.count)
        self.file = file
        self.bytes = bytes
        self.parser = parser
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// The next event. Not to be asked again after the end of the stream or an error.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(kind: kind(of: event), mark: YAMLMark(event.start_mark))
    }

    private func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(String(yaml: event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT: return .scalar(YAMLEvent.Scalar(event))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(.init(anchor: String(yaml: start.anchor), tag: String(yaml: start.tag)))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(.init(anchor: String(yaml: start.anchor), tag: String(yaml: start.tag)))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamStart
        }
    }

    private func problem() -> YAMLError {
        let failure = parser.pointee
        let mark = failure.error == YAML_READER_ERROR ? position(at: failure.problem_offset) : failure.problem_mark
        let place = YAMLMark(mark)
        // libyaml's texts are constants, which do not repeat the input.
        var message = failure.problem.map { String(cString: $0) } ?? "it is not YAML"
        if let context = failure.context, failure.context_mark.line != mark.line {
            message += " \(String(cString: context)) that begins in line \(failure.context_mark.line + 1)"
        }
        return YAMLError(file: file, line: place.line, column: place.column, message: message)
    }

    /// Errors of the bytes themselves come with an offset only.
    private func position(at offset: Int) -> yaml_mark_t {
        let before = bytes.prefix(min(offset, bytes.count))
        let newline = UInt8(ascii: "\n")
        var mark = yaml_mark_t()
        mark.line = before.count { $0 == newline }
        // Characters are counted by their first bytes.
        mark.column = before.reversed().prefix { $0 != newline }.count { $0 & 0xC0 != 0x80 }
        return mark
    }
}

extension YAMLEvent.Scalar {
    fileprivate init(_ event: yaml_event_t) {
        let scalar = event.data.scalar
        text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        properties = .init(anchor: String(yaml: scalar.anchor), tag: String(yaml: scalar.tag))
        isPlain = scalar.plain_implicit != 0
    }
}

extension YAMLMark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

extension String {
    /// A text of libyaml, which ends all of them with a zero byte; nil if there is none.
    fileprivate init?(yaml text: UnsafeMutablePointer<yaml_char_t>?) {
        guard let text else { return nil }
        self.init(cString: text)
    }
}
