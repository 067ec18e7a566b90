using ModelAggregation.Evaluation;

namespace ModelAggregation.Mixture.Text;

/// <summary>A whole model of a <see cref="RoutedLanguageModel"/>, of any architecture and with any tokenizer.</summary>
/// <param name="Name">The name, for statistics and messages.</param>
/// <param name="Open">Opens the model, when a text first goes to it; what it returns is disposed by the routed model.</param>
public sealed record RoutedExpert(string Name, Func<CancellationToken, ValueTask<ILanguageModel>> Open);
