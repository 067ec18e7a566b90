using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>What a forward pass gives. It owns its tensors.</summary>
public sealed class DecoderOutput : IDisposable
{
    internal DecoderOutput(HostTensor logits, IReadOnlyList<HostTensor> hiddenStates)
    {
        Logits = logits;
        HiddenStates = hiddenStates;
    }

    /// <summary>Gets the logits of the tokens that come next: F32 [rows, vocabulary], a row for each token of the batch or of <see cref="ForwardOptions.LogitRows"/>.</summary>
    public HostTensor Logits { get; }

    /// <summary>Gets the hidden states, each F32 [tokens, hidden size]: the input of every layer, the output of the last one, and that after the final norm.</summary>
    /// <value>Empty unless <see cref="ForwardOptions.KeepsHiddenStates"/> asks for them. Hugging Face's <c>hidden_states</c> has all of them but the last but one.</value>
    public IReadOnlyList<HostTensor> HiddenStates { get; }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Logits.Dispose();
        foreach (HostTensor tensor in HiddenStates)
        {
            tensor.Dispose();
        }
    }
}
