/// A part of a template.
indirect enum TemplateNode: Sendable {
  case text(String)
  case output(TemplateExpression)
  /// The first branch whose test holds.
  case conditional([(test: TemplateExpression, body: [TemplateNode])], otherwise: [TemplateNode])
  case loop(TemplateLoop)
  case assignment(TemplateTarget, TemplateExpression, line: Int)
  /// What the body renders to, perhaps after filters, becomes the value.
  case capture(
    TemplateTarget, filters: [(name: String, arguments: TemplateExpression.Arguments)], body: [TemplateNode],
    line: Int)
  case macro(TemplateMacro)
  /// The body's result goes through filters.
  case filtered([(name: String, arguments: TemplateExpression.Arguments)], body: [TemplateNode], line: Int)
  case breakLoop
  case continueLoop
  /// Parts that stand together; a scope of their own where variables are given.
  case group([TemplateNode], variables: [(name: String, value: TemplateExpression)])
}

/// What a value is assigned to.
indirect enum TemplateTarget: Sendable {
  case name(String)
  /// An attribute of a namespace.
  case attribute(String, String)
  case tuple([TemplateTarget])
}

struct TemplateLoop: Sendable {
  let line: Int
  let target: TemplateTarget
  let sequence: TemplateExpression
  let condition: TemplateExpression?
  let body: [TemplateNode]
  /// Rendered where the sequence is empty.
  let otherwise: [TemplateNode]
}

struct TemplateMacro: Sendable {
  let line: Int
  let name: String
  let parameters: [(name: String, fallback: TemplateExpression?)]
  let body: [TemplateNode]
}
