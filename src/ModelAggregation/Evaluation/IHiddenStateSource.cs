namespace ModelAggregation.Evaluation;

/// <summary>Reads the hidden states of a model over prompts, from which routers of mixtures are initialised (Model-GLUE; mergekit-moe's <c>hidden</c>, <c>hidden_avg</c> and <c>cheap_embed</c>). For one caller at a time; disposing releases the model.</summary>
public interface IHiddenStateSource : IAsyncDisposable
{
    /// <summary>Gets the number of layers.</summary>
    int LayerCount { get; }

    /// <summary>Gets the size of a hidden state.</summary>
    int HiddenSize { get; }

    /// <summary>Runs prompts one by one, without padding. A token that begins a sequence is put before each where the model has one. Of prompts longer than the model's context, the end is read.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="cancellationToken">Stops the computation.</param>
    /// <returns>The states of each prompt, in order.</returns>
    /// <exception cref="EvaluationException">The model cannot do it.</exception>
    ValueTask<IReadOnlyList<PromptStates>> ReadAsync(IReadOnlyList<string> prompts, CancellationToken cancellationToken = default);
}
