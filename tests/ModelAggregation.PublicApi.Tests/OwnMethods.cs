using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.PublicApi.Tests;

/// <summary>A method of the user's own that computes elements itself: the entry of largest magnitude among the models.</summary>
internal sealed class LargestMerge : MergeMethod
{
    public override string Name => "largest";

    public override string Summary => "Takes each element from the model where it is largest in magnitude.";

    public override IReadOnlyList<MergeParameter> Parameters => [new("floor", ParameterKind.Number, 0.0) { Minimum = 0, Summary = "Smaller magnitudes become zero." }];

    public override int MinimumModels => 2;

    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        int[] models = [.. merge.Models];
        float floor = (float)merge.Parameters.Number("floor");
        merge.Map((tile, output) =>
        {
            for (int i = 0; i < tile.Count; i++)
            {
                float best = 0;
                foreach (int model in models)
                {
                    float value = tile[model][i];
                    best = MathF.Abs(value) > MathF.Abs(best) ? value : best;
                }

                output[i] = MathF.Abs(best) >= floor ? best : 0;
            }
        });
    }
}

/// <summary>A method of the user's own from the library's passes: the mean of the models, brought to their mean length.</summary>
internal sealed class MeanLengthMerge : MergeMethod
{
    public override string Name => "mean_length";

    public override string Summary => "The sum of the models, scaled to their mean norm.";

    public override int Passes => 2;

    public override IEnumerable<string> Validate(PlannedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Output.Shape.Rank > 3 ? ["Tensors of more than three dimensions have no length here."] : [];
    }

    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        int[] inputs = [.. Enumerable.Range(0, merge.Inputs.Count)];
        GramMatrix gram = merge.Session.Gram(inputs);
        double norm = Math.Sqrt(gram.SquaredNorm([.. inputs.Select(_ => 1.0)]));
        double scale = norm > 0 ? inputs.Average(gram.Norm) / norm : 0;
        merge.Map(new WeightedSumMap([.. inputs.Select(input => (input, scale))]));
    }
}
