namespace ModelAggregation.Evaluation;

/// <summary>What tasks ask a language model: log-probabilities of texts, and greedy continuations. For one caller at a time; disposing releases the model.</summary>
/// <remarks>The same requests give the same answers, whatever they are asked together with. Answers come in the order of the requests.</remarks>
public interface ILanguageModel : IAsyncDisposable
{
    /// <summary>Computes how likely continuations are after their contexts.</summary>
    /// <param name="requests">The contexts with their continuations.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    /// <exception cref="EvaluationException">The model cannot do it.</exception>
    ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>Computes how likely whole texts are. Texts longer than the model's context are cut into windows, each token counted once.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    /// <exception cref="EvaluationException">The model cannot do it.</exception>
    ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default);

    /// <summary>Continues prompts with the likeliest token each time.</summary>
    /// <param name="requests">The prompts.</param>
    /// <param name="cancellationToken">Stops the generation.</param>
    /// <exception cref="EvaluationException">The model cannot do it.</exception>
    ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default);
}
