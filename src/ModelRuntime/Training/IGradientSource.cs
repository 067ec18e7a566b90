namespace ModelRuntime.Training;

/// <summary>What a training asks of a model.</summary>
internal interface IGradientSource
{
    /// <summary>The weights that are trained.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The number of threads for what is done beside the model.</summary>
    int Threads { get; }

    /// <summary>Adds what beside the trained weights decides what the model computes: its configuration and the weights that stay as they are.</summary>
    void Identify(TrainingIdentity identity);

    /// <summary>Adds lossScale times the gradient of the summed negative log-likelihood of the labels to the gradients.</summary>
    LossSum AddGradients(TokenBatch batch, ReadOnlySpan<int> labels, double lossScale, ulong dropoutSeed, CancellationToken cancellationToken);
}
