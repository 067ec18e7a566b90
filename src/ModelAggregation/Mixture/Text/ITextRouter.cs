namespace ModelAggregation.Mixture.Text;

/// <summary>Picks the model that answers a text, of several whole models. For one caller at a time; disposing releases what it holds.</summary>
/// <remarks>The same text has the same route, whatever it is asked together with.</remarks>
public interface ITextRouter : IAsyncDisposable
{
    /// <summary>Gets the number of models.</summary>
    int ExpertCount { get; }

    /// <summary>Picks the model of each text.</summary>
    /// <param name="texts">The texts: prompts, or the contexts of continuations.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    /// <returns>The routes, in the order of the texts.</returns>
    /// <exception cref="Evaluation.EvaluationException">The router cannot read a text.</exception>
    ValueTask<IReadOnlyList<TextRoute>> RouteAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default);
}
