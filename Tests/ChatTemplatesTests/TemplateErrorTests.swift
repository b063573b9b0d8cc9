import ChatTemplates
import Checkpoints
import JSON
import TestSupport
import Testing

/// Templates that are wrong or go beyond what is supported, with the line at fault and a part of the reason.
@Suite struct TemplateErrorTests {
  private static func messages() throws -> JSONValue {
    try JSONValue(Array(#"[{"role": "user", "content": "x"}]"#.utf8).span.bytes, path: "messages")
  }

  @Test(
    arguments: [
      ("{{ x", 1, "has no \"}}\""), ("a\n{% if x %}\nb", 2, "\"if\" has no \"elif\" or \"else\" or \"endif\""),
      ("{% for x y %}{% endfor %}", 1, "expected \"in\""), ("\n\n{% frobnicate %}", 3, "the tag \"frobnicate\""),
      ("{% include 'x' %}", 1, "the tag \"include\""), ("{% block x %}{% endblock %}", 1, "the tag \"block\""),
      ("{{ (1, 2 }}", 1, "expected \")\""), ("{{ 1 + }}", 1, "expected an expression"), ("{{ a.1b }}", 1, "expected"),
      ("{{ 'abc }}", 1, "no closing '"), ("{# never", 1, "a comment has no end"), ("{% raw %}x", 1, "no \"endraw\""),
      ("{{ ] }}", 1, "too many"), ("{{ $ }}", 1, "the character \"$\""), ("{% endif %}", 1, "the tag \"endif\""),
      ("{% for x in y recursive %}{% endfor %}", 1, "recursive loops"), ("{{ f(*x) }}", 1, "unpacked arguments"),
      ("{{ 99999999999999999999 }}", 1, "too large"), ("{{ '\\u12' }}", 1, "hexadecimal"), ("{{ x[] }}", 1, "no index"),
      ("{{ x[1:2:3:4] }}", 1, "three parts"), ("{% set %}x", 1, "a name"), ("{% macro f( %}", 1, "expected"),
      (
        "{{ \(String(repeating: "(", count: 999))1\(String(repeating: ")", count: 999)) }}", 1, "deeper than 200 levels"
      ),
      ("{{ 1\(String(repeating: " + 1", count: 9999)) }}", 1, "more than 10000 parts"),
      (String(repeating: "{% if x %}", count: 500), 1, "deeper than 200 levels"), ("{{ }}", 1, "an expression"),
    ] as [(String, Int, String)])
  func whatIsNotUnderstoodIsNamed(_ template: String, _ line: Int, _ reason: String) throws {
    let error = try #require(throws: ChatTemplateError.self) { try ChatTemplate(template) }
    guard case .syntax(line, let found) = error else {
      Issue.record("expected a mistake in line \(line), not \(error)")
      return
    }
    #expect(found.contains(reason), "\(found)")
  }

  @Test(
    arguments: [
      ("\n{{ x.y }}", 2, "\"x\" is not defined, so it has no \"y\""), ("{{ x | shout }}", 1, "no filter \"shout\""),
      ("{{ x is green }}", 1, "no test \"green\""), ("{{ 'a' + 1 }}", 1, "\"+\" does not work on str and int"),
      ("{{ [].append(1) }}", 1, "may not change values"), ("{{ 1 // 0 }}", 1, "division by zero"),
      ("{% set x.y = 1 %}", 1, "only attributes of a namespace"), ("{{ 'a' < 1 }}", 1, "does not work on str and int"),
      ("{% set a, b = [1] %}", 1, "1 values for 2 names"), ("{{ range(1000000000) }}", 1, "more than 100000"),
      ("{{ 'x' * 1000000000000 }}", 1, "take more"), ("{{ 9223372036854775807 + 1 }}", 1, "too large"),
      ("{% for x in 5 %}{% endfor %}", 1, "type int cannot be looped over"), ("{{ none() }}", 1, "cannot be called"),
      ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "100 levels"),
      ("{{ {'a': namespace()} | tojson }}", 1, "JSON"),
      ("{{ 'x'.zfill(3) }}", 1, "so it cannot be called"), ("{{ strftime_now('%Q') }}", 1, "does not know %Q"),
      (
        "{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}", 1, "no end after"
      ), ("{{ 'abc'[::0] }}", 1, "a step other than 0"), ("{{ '{}'.format() }}", 1, "no value for {}"),
      ("{{ 1\(String(repeating: " + 1", count: 2000)) }}", 1, "nested deeper than 1000"),
      ("{{ [1, 'a'] | sort }}", 1, "have no order"), ("{{ namespace(x=1).x.y.z }}", 1, "has no \"z\""),
    ] as [(String, Int, String)])
  func whatCannotBeRenderedIsNamed(_ template: String, _ line: Int, _ reason: String) throws {
    let parsed = try ChatTemplate(template)
    let error = try #require(throws: ChatTemplateError.self) { try parsed.render(messages: Self.messages()) }
    guard case .rendering(line, let found) = error else {
      Issue.record("expected line \(line) to fail, not \(error)")
      return
    }
    #expect(found.contains(reason), "\(found)")
    #expect("\(error)".hasPrefix("line \(line) of the chat template fails: "))
  }

  /// Templates that would take the memory, the stack or hours, each by another way of building or walking values.
  @Test(
    arguments: [
      ("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}", "not a namespace"),
      ("{% set ns = namespace(x=[namespace()]) %}", "not a dict"),
      ("{% set ns = namespace() %}{% for i in [1] %}{% set ns.a = [loop] %}{% endfor %}", "not a list"),
      ("{% set ns = namespace() %}{% macro f() %}{% endmacro %}{% set ns.a = f %}", "not a function"),
      (
        "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a'*999) %}{% for i in range(9) %}{% set ns.x = ns.x.replace('a', ns.x) %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a'*999) %}{% for i in range(9) %}{% set ns.x = ns.x | replace('a', ns.x) %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a'*999) %}{% for i in range(9) %}{% set ns.x = ns.x | join(ns.x) %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a'*999) %}{% for i in range(9) %}{% set ns.x = ns.x.join(ns.x) %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='\n'*999) %}{% for i in range(9) %}{% set ns.x = ns.x | indent(ns.x, true, true) %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = '{0}{0}'.format(ns.x) %}{% endfor %}",
        "take more"
      ),
      ("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "take more"),
      (
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}",
        "no end after"
      ),
      (
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] | tojson %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = {1: ns.x, 2: ns.x} ~ '' %}{% endfor %}",
        "take more"
      ),
      (
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set x %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = x %}{% endfor %}",
        "take more"
      ),
      (
        "{% for i in range(99999) %}{% for j in range(99) %}\(String(repeating: "text ", count: 800)){% endfor %}{% endfor %}",
        "take more"
      ),
      ("{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}", "take more"),
      (
        "{% set ns = namespace() %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}", "values nest deeper"
      ),
      (
        "{% set ns = namespace() %}{% for i in range(99999) %}{% set ns.x = {1: ns.x} %}{% endfor %}",
        "values nest deeper"
      ),
      (
        "{% set ns = namespace() %}{% for i in range(99999) %}{% set ns.x = dict(a=ns.x) %}{% endfor %}",
        "values nest deeper"
      ),
      ("{% set x = [] %}\(String(repeating: "{% set x = [[[[x]]]] %}", count: 9999))", "values nest deeper"),
      ("{% set x = [] %}\(String(repeating: "{% set x = [x.count] %}", count: 9999))", "values nest deeper"),
      ("{% macro f(x) %}{{ f([[[x]]]) }}{% endmacro %}{{ f(1) }}", "deeper than"),
      (
        "{% macro f() %}\(String(repeating: "{% if 1 %}", count: 190)){{ f() }}\(String(repeating: "{% endif %}", count: 190)){% endmacro %}{{ f() }}",
        "nested deeper than 1000"
      ),
      ("{% set x = range(99999) | list %}{{ x | unique | list }}", "no end after"),
      ("{% set x = range(99999) | list %}{% for i in x %}{{ -1 in x }}{% endfor %}", "no end after"),
      ("{% set x = range(99999) | list %}{% for i in x %}{{ x == x }}{% endfor %}", "no end after"),
      ("{% set x = range(99999) | list %}{% for i in x %}{{ x.index(99998) }}{% endfor %}", "no end after"),
      ("{% set x = 'ab' * 999999 %}{% for i in range(99999) %}{{ 'b' * 999 in x }}{% endfor %}", "no end after"),
      ("{% set x = 'ab' * 999999 %}{% for i in range(99999) %}{{ x | length }}{% endfor %}", "no end after"),
      ("{% set x = 'ab' * 999999 %}{{ x.strip(x) }}", "no end after"),
      ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "take more"),
      (
        "{% for i in range(99999) %}{% macro f() %}{% endmacro %}{% for j in range(999) %}{% macro f() %}{% endmacro %}{% endfor %}{% endfor %}",
        "take more"
      ),
    ])
  func whatATemplateMayCostIsBounded(_ template: String, _ reason: String) throws {
    let parsed = try ChatTemplate(template)
    let messages = try Self.messages()
    let time = try ProcessorTime.measure {
      let error = try #require(throws: ChatTemplateError.self) { try parsed.render(messages: messages) }
      #expect("\(error)".contains(reason), "\(error)")
    }
    #expect(time < 10)
  }

  /// What published templates do with long conversations stays far below the limits, since these grow with them.
  @Test func longConversationsAreRendered() throws {
    let turn = #"{"role": "user", "content": "\#(String(repeating: "word ", count: 200))"}"#
    let text = "[" + Array(repeating: turn, count: 2000).joined(separator: ", ") + "]"
    let messages = try JSONValue(Array(text.utf8).span.bytes, path: "messages")
    let template = try ChatTemplate(
      """
      {% set ns = namespace(last=-1, seen=[]) %}{% for m in messages[::-1] %}{% if m.role == 'user' %}\
      {% set ns.last = loop.index0 %}{% endif %}{% endfor %}{% for m in messages %}{% set text = m.content | trim %}\
      {{ '<|' ~ m['role'] ~ '|>' ~ text.split('</think>')[-1].lstrip('\\n') + '\\n' }}{{ m | tojson }}{% endfor %}
      """)
    let rendered = try template.render(messages: messages)
    #expect(rendered.utf8.count > 4_000_000)
  }

  @Test func overlongTemplatesAndNamesAreRefused() {
    #expect(throws: ChatTemplateError.self) { try ChatTemplate(String(repeating: "a", count: 1 << 20 + 1)) }
    #expect(throws: ChatTemplateError.self) { try ChatTemplate("{{ \(String(repeating: "a", count: 201)) }}") }
  }

  /// Damaged templates are read, refused or fail, and never crash.
  @Test func damagedTemplatesNeverCrash() throws {
    var random = SeededRandom(seed: 5)
    var outcomes: [String: Int] = [:]
    for fixture in try ChatTemplateFixture.load("chat-templates.json") {
      for _ in 0..<8 {
        var bytes = Array(fixture.template.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[place] ^= UInt8(1) << UInt8.random(in: 0..<7, using: &random)
          case 1: bytes.remove(at: place)
          default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
          }
          if bytes.isEmpty { bytes = [0x7B] }
        }
        do {
          let template = try ChatTemplate(String(decoding: bytes, as: UTF8.self))
          _ = try template.render(messages: fixture.cases[0].messages, variables: fixture.variables)
          outcomes["rendered", default: 0] += 1
        } catch ChatTemplateError.syntax {
          outcomes["syntax", default: 0] += 1
        } catch {
          outcomes["rendering", default: 0] += 1
        }
      }
    }
    #expect(outcomes.count == 3, "\(outcomes)")
  }
}
