using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// The family of methods whose result is a combination <c>Σ cᵢ·xᵢ</c>, or <c>b + Σ cᵢ·(xᵢ − b)</c> with a base model, of coefficients that follow from
/// the models' inner products alone: one pass reads these, a second writes. What a method computes, even by iteration, it computes with a k × k matrix.
/// </summary>
public abstract class GramMethod : MergeMethod
{
    private protected GramMethod()
    {
    }

    /// <inheritdoc />
    public sealed override int Passes => 2;

    /// <inheritdoc />
    public sealed override bool KeepsBaseRows => false;

    /// <inheritdoc />
    public sealed override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        int origin = BaseModel == BaseModelRole.Ordinary ? -1 : merge.Base;
        IReadOnlyList<int> models = BaseModel == BaseModelRole.Ordinary ? [.. Enumerable.Range(0, merge.Inputs.Count)] : merge.Models;
        if (models.Count < 2)
        {
            merge.Copy(models.Count == 0 ? origin : models[0]);
        }
        else if (Axis(merge.Parameters) is { } axis)
        {
            WriteVectors(merge, models, axis, origin);
        }
        else
        {
            Write(merge, models, origin);
        }
    }

    /// <summary>Returns the direction of the vectors that are merged each by itself, or null where the tensor is one vector.</summary>
    private protected virtual VectorAxis? Axis(ParameterValues parameters) => null;

    /// <summary>Computes the coefficients of the models.</summary>
    /// <param name="merge">The tensor's parameters.</param>
    /// <param name="models">The models' indices among the inputs.</param>
    /// <param name="gram">The inner products of the models' tensors, or of their differences from the base model, in that order.</param>
    private protected abstract double[] Coefficients(TensorMerge merge, IReadOnlyList<int> models, GramMatrix gram);

    private void Write(TensorMerge merge, IReadOnlyList<int> models, int origin)
    {
        double[] coefficients = Coefficients(merge, models, merge.Session.Gram(models, origin));
        merge.Map(origin < 0
            ? new WeightedSumMap([.. models.Zip(coefficients)])
            : new TaskVectorMap(origin, [.. models.Zip(coefficients, (model, coefficient) => new TaskVector(model, coefficient))]));
    }

    private void WriteVectors(TensorMerge merge, IReadOnlyList<int> models, VectorAxis axis, int origin)
    {
        GramMatrices grams = merge.Session.Gram(models, axis, origin);
        float[][] weights = [.. models.Select(_ => new float[grams.Count])];
        for (int vector = 0; vector < grams.Count; vector++)
        {
            double[] coefficients = Coefficients(merge, models, grams[vector]);
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i][vector] = (float)coefficients[i];
            }
        }

        merge.Map(new VectorSumMap(axis, [.. models.Zip(weights, (model, own) => (model, (ReadOnlyMemory<float>)own))]) { Origin = origin });
    }
}
