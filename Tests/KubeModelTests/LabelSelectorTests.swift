import KubeModel
import Testing

@Suite struct LabelSelectorTests {
    @Test(
        "A selector is read in Kubernetes' grammar and written in canonical form",
        arguments: [
            ("", ""), ("  ", ""), ("a", "a"), ("!a", "!a"), ("! a", "!a"), ("a=b", "a=b"), ("a==b", "a=b"),
            ("a = b", "a=b"),
            ("a!=b", "a!=b"), ("a=", "a="), ("a!=,b", "a!=,b"), ("a=,b=c", "a=,b=c"), ("b=1,a=2", "a=2,b=1"),
            ("a in (b)", "a=b"), ("a in (c,b,c)", "a in (b,c)"), ("a in(b,c)", "a in (b,c)"),
            ("a\tin\n( b , c )", "a in (b,c)"),
            ("a notin (b,c)", "a notin (b,c)"), ("a in (,)", "a="), ("a in (b,)", "a in (,b)"),
            ("a in (,b)", "a in (,b)"),
            ("a in (b,,c)", "a in (,b,c)"), ("a>1", "a>1"), ("a < 10", "a<10"), ("in=notin", "in=notin"),
            ("in in (in,notin)", "in in (in,notin)"), ("!in", "!in"), ("notin", "notin"),
            (
                "app.kubernetes.io/name=web,tier in (front,back),!old,canary",
                "app.kubernetes.io/name=web,canary,!old,tier in (back,front)"
            ),
            ("a=b,a!=c", "a=b,a!=c"),
        ]
    )
    func parse(text: String, canonical: String) throws {
        let selector = try LabelSelector(parsing: text)
        #expect(selector.description == canonical)
        #expect(try LabelSelector(parsing: canonical) == selector)
    }

    @Test(
        "What Kubernetes refuses is an error",
        arguments: [
            ",", "a,", ",a", "a,,b", "a=b,", "a b", "a=b c", "!", "!!a", "!a=b", "=b", "a===b", "a=!b", "a!b", "a in",
            "a in b",
            "a in (", "a in (b", "a in (b c)", "a in ()", "a notin ()", "a in (b))", "a in (b),", "(a)", "a>", "a>x",
            "a>1.5",
            "a > 99999999999999999999", "a<(1)", "a=b/c", "-a=b", "a-=b", "a=-b", "a=b-", "A_/b", "A/b=c", "/a", "a/",
            "a/b/c",
            "a=ü", "a@b", "a in (b@c)", "a..b/c=d", "-a/b=c",
        ]
    )
    func refuse(text: String) {
        #expect(throws: LabelSelectorError.self) { try LabelSelector(parsing: text) }
    }

    @Test("Keys and values have Kubernetes' lengths")
    func lengths() throws {
        let longest = String(repeating: "a", count: 63)
        let domain = Array(repeating: longest, count: 4).joined(separator: ".").dropLast(2)
        #expect(domain.count == 253)
        #expect(LabelSyntax.isKey("\(domain)/\(longest)"))
        #expect(!LabelSyntax.isKey("\(domain)a/\(longest)"))
        #expect(!LabelSyntax.isKey("\(longest)a"))
        #expect(LabelSyntax.isValue(longest))
        #expect(!LabelSyntax.isValue("\(longest)a"))
        #expect(LabelSyntax.isValue(""))
        #expect(!LabelSyntax.isKey(""))
    }

    @Test(
        "A selector matches by Kubernetes' rules, absent labels included",
        arguments: [
            ("", true), ("app=web", true), ("app=api", false), ("app==web", true), ("app!=web", false),
            ("app!=api", true),
            ("none=x", false), ("none!=x", true), ("app in (web,api)", true), ("app in (api)", false),
            ("app notin (api)", true),
            ("app notin (web)", false), ("none notin (web)", true), ("none in (web)", false), ("app", true),
            ("none", false),
            ("!app", false), ("!none", true), ("empty=", true), ("app=", false), ("none=", false), ("weight>4", true),
            ("weight>5", false), ("weight<6", true), ("weight<5", false), ("app>1", false), ("none<1", false),
            ("app=web,!none,weight>4", true), ("app=web,none", false),
        ]
    )
    func matches(text: String, isMatch: Bool) throws {
        let labels = ["app": "web", "empty": "", "weight": "5"]
        #expect(try LabelSelector(parsing: text).matches(labels) == isMatch)
    }

    @Test(
        "A LabelSelector object reads as the same selector",
        arguments: [
            ([:], ""), (["matchLabels": ["b": "2", "a": "1"]], "a=1,b=2"),
            (
                [
                    "matchLabels": ["a": "1"],
                    "matchExpressions": [["key": "t", "operator": "In", "values": ["x", "y"]]],
                ], "a=1,t in (x,y)"
            ),
            (["matchExpressions": [["key": "t", "operator": "NotIn", "values": ["x"]]]], "t!=x"),
            (
                ["matchExpressions": [["key": "t", "operator": "Exists"], ["key": "u", "operator": "DoesNotExist"]]],
                "t,!u"
            ),
        ] as [(JSON, String)]
    )
    func object(json: JSON, text: String) throws {
        #expect(try LabelSelector(json: json) == LabelSelector(parsing: text))
    }

    @Test(
        "A LabelSelector object that breaks the rules is an error",
        arguments: [
            ["matchLabels": ["a": "-"]], ["matchLabels": ["": "a"]],
            ["matchExpressions": [["key": "a", "operator": "Gt"]]],
            ["matchExpressions": [["key": "a", "operator": "In"]]], ["matchExpressions": [["operator": "Exists"]]],
        ] as [JSON]
    )
    func refuseObject(json: JSON) {
        #expect(throws: LabelSelectorError.self) { try LabelSelector(json: json) }
    }

    @Test("Labels as a selector require each of them")
    func labels() {
        #expect(LabelSelector(labels: ["b": "2", "a": "1"]).description == "a=1,b=2")
        #expect(LabelSelector.everything.matches([:]))
    }
}
