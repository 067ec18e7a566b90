using ModelTensors;

namespace ModelRuntime.Encoders;

/// <summary>What a forward pass of an <see cref="EncoderModel"/> gives. It owns the tensors.</summary>
public sealed class EncoderOutput : IDisposable
{
    internal EncoderOutput(HostTensor lastHiddenState, IReadOnlyList<HostTensor> hiddenStates)
    {
        LastHiddenState = lastHiddenState;
        HiddenStates = hiddenStates;
    }

    /// <summary>Gets what the last layer gives, F32 of shape [tokens, hidden size]; the rows are those of the batch.</summary>
    public HostTensor LastHiddenState { get; }

    /// <summary>Gets the embeddings after their norm and what each layer gives, each of the shape of <see cref="LastHiddenState"/>.</summary>
    /// <value>Empty unless <see cref="EncoderForwardOptions.KeepsHiddenStates"/>.</value>
    public IReadOnlyList<HostTensor> HiddenStates { get; }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        LastHiddenState.Dispose();
        foreach (HostTensor state in HiddenStates)
        {
            state.Dispose();
        }
    }
}
