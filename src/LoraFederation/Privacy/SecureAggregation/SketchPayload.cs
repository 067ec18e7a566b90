using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Privacy.Sketches;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The payload of linear sketches: the exact mean of products for any mix of ranks, under masks, with ranks hidden.</summary>
/// <remarks>See <see cref="LinearSketch"/>. Upload: l₁·m + l₂·n for each module, in ring elements of eight bytes.</remarks>
public sealed class SketchPayload : SecurePayload
{
    private readonly SketchedModule[] _modules;

    /// <summary>Describes the payload.</summary>
    /// <param name="modules">The modules, each of its own path.</param>
    /// <param name="rangeColumns">l₁, at least 1: the sum of all clients' ranks makes the mean exact.</param>
    /// <param name="seed">The public seed; the same with all parties.</param>
    /// <param name="valueRange">The largest magnitude of a number of an image; above 0 and finite. Eight times the longest update's norm is plenty.</param>
    /// <param name="largestWeight">The largest weight of a client; above 0 and finite.</param>
    public SketchPayload(IEnumerable<SketchedModule> modules, int rangeColumns, ulong seed, double valueRange, double largestWeight)
        : base(valueRange, largestWeight)
    {
        ArgumentNullException.ThrowIfNull(modules);
        _modules = [.. modules.OrderBy(module => module.Path, StringComparer.Ordinal)];
        Sketches = [.. _modules.Select(module => new LinearSketch(module.Path, module.Outputs, module.Inputs, rangeColumns, seed))];
    }

    /// <summary>Gets the sketch of each module, ordered by path.</summary>
    public IReadOnlyList<LinearSketch> Sketches { get; }

    private protected override IEnumerable<PayloadTensor> ValueTensors => Sketches.SelectMany(sketch => (PayloadTensor[])
    [
        new(RangeOf(sketch), checked((int)(sketch.Rows * sketch.RangeColumns)), Range),
        new(CorangeOf(sketch), checked((int)(sketch.CorangeRows * sketch.Columns)), Range),
    ]);

    private protected override void EncodeModules(ClientUpdate update, double weight, Dictionary<string, double[]> tensors, AggregationContext context)
    {
        if (update.Adapter.Modules.FirstOrDefault(module => !Array.Exists(_modules, known => known.Fits(module))) is { } stranger)
        {
            throw new FederationException(
                FederationError.Unsupported, $"Client '{update.ClientId}' has trained '{stranger.Path}' ({stranger.Kind}, A {stranger.A.Shape}, B {stranger.B.Shape}), which the payload has not, or with other sizes.", update.ClientId, stranger.Path);
        }

        foreach (LinearSketch sketch in Sketches)
        {
            if (!update.Adapter.TryGet(sketch.Path, out LoraModule? module))
            {
                tensors.Add(RangeOf(sketch), new double[sketch.Rows * sketch.RangeColumns]);
                tensors.Add(CorangeOf(sketch), new double[sketch.CorangeRows * sketch.Columns]);
                continue;
            }

            using LowRankSum sum = new([new LowRankTerm(module, module.Scaling)]);
            (HostTensor range, HostTensor corange) = sketch.Apply(sum, context.Device, context.CancellationToken);
            using (range)
            using (corange)
            {
                tensors.Add(RangeOf(sketch), SketchBasis.ToArray(range, weight));
                tensors.Add(CorangeOf(sketch), SketchBasis.ToArray(corange, weight));
            }
        }
    }

    private protected override IEnumerable<LoraModule> DecodeModules(SecureSum sum, double factor, AggregationContext context)
    {
        for (int i = 0; i < _modules.Length; i++)
        {
            LinearSketch sketch = Sketches[i];
            using HostTensor range = SketchBasis.ToMatrix(sum.Tensors[RangeOf(sketch)], sketch.Rows, sketch.RangeColumns, factor);
            using HostTensor corange = SketchBasis.ToMatrix(sum.Tensors[CorangeOf(sketch)], sketch.CorangeRows, sketch.Columns, factor);
            SketchedProduct product = sketch.Reconstruct(range, corange, context.Device, context.CancellationToken);
            yield return _modules[i].CreateModule(product.A.Source, product.B.Source);
        }
    }

    private static string RangeOf(LinearSketch sketch) => $"{sketch.Path}.Y";

    private static string CorangeOf(LinearSketch sketch) => $"{sketch.Path}.Z";
}
