using ModelRuntime.Decoders;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Training;

/// <summary>A decoder of which some weights, or factors beside them, are trained.</summary>
internal sealed class DecoderGradients(DecoderModel model, IReadOnlyList<Parameter> parameters) : IGradientSource
{
    public IReadOnlyList<Parameter> Parameters => parameters;

    public int Threads => model.Threads;

    public void Identify(TrainingIdentity identity)
    {
        HashSet<string> trained = new(parameters.Select(parameter => parameter.Name), StringComparer.Ordinal);
        using MemoryTensorSet weights = model.ToTensorSet();
        identity.Add(weights.Config!.ToDocument().ToJsonString());
        foreach (string name in weights.Names.Where(name => !trained.Contains(name)))
        {
            weights.TryGet(name, out TensorSource? source);
            identity.Add(name, source!);
        }

        foreach (LoraFactors factors in model.Factors)
        {
            identity.Add(factors.Scaling);
            identity.Add(factors.Dropout);
            foreach (Parameter factor in ((IEnumerable<Parameter>)[factors.A, factors.B]).Where(factor => !trained.Contains(factor.Name)))
            {
                identity.Add(factor.Name, factor.Value.Source);
            }
        }
    }

    public LossSum AddGradients(TokenBatch batch, ReadOnlySpan<int> labels, double lossScale, ulong dropoutSeed, CancellationToken cancellationToken) =>
        model.AddGradients(batch, labels, lossScale, dropoutSeed, cancellationToken);
}
