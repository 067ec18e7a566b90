using ModelRuntime.Decoders.Mixtures;
using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>What a forward pass gives. It owns its tensors.</summary>
public sealed class DecoderOutput : IDisposable
{
    internal DecoderOutput(HostTensor logits, IReadOnlyList<HostTensor> hiddenStates, IReadOnlyList<HostTensor> feedForwardInputs, IReadOnlyList<RouterDecisions> routing)
    {
        Logits = logits;
        HiddenStates = hiddenStates;
        FeedForwardInputs = feedForwardInputs;
        Routing = routing;
    }

    /// <summary>Gets the logits of the tokens that come next: F32 [rows, vocabulary], a row for each token of the batch or of <see cref="ForwardOptions.LogitRows"/>.</summary>
    public HostTensor Logits { get; }

    /// <summary>Gets the hidden states, each F32 [tokens, hidden size]: the input of every layer, the output of the last one, and that after the final norm.</summary>
    /// <value>Empty unless <see cref="ForwardOptions.KeepsHiddenStates"/> asks for them. Hugging Face's <c>hidden_states</c> has all of them but the last but one.</value>
    public IReadOnlyList<HostTensor> HiddenStates { get; }

    /// <summary>Gets what enters the feed-forward block of each layer, behind its norm: F32 [tokens, hidden size] each.</summary>
    /// <value>Empty unless <see cref="ForwardOptions.KeepsFeedForwardInputs"/> asks for them.</value>
    public IReadOnlyList<HostTensor> FeedForwardInputs { get; }

    /// <summary>Gets what each router of a mixture has decided, in the order of the layers.</summary>
    /// <value>Empty unless <see cref="ForwardOptions.KeepsRouting"/> asks for it and the model is a mixture.</value>
    public IReadOnlyList<RouterDecisions> Routing { get; }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Logits.Dispose();
        foreach (HostTensor tensor in HiddenStates.Concat(FeedForwardInputs))
        {
            tensor.Dispose();
        }
    }
}
