using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// The family of methods that add task vectors, the models' differences from a base model, to that base: <c>b + λ·combine(sparsify(xᵢ − b))</c>.
/// They differ in how they make the task vectors sparse and whether they elect signs.
/// </summary>
public abstract class TaskVectorMethod : MergeMethod
{
    // The reference leaves a task vector alone whose magnitudes sum to less than this.
    private const double SmallestMagnitudeSum = 1e-7;

    private protected static readonly MergeParameter Weight =
        new("weight", ParameterKind.Number) { PerModel = true, Summary = "The weight of a model's task vector." };

    private protected static readonly MergeParameter Density = new("density", ParameterKind.Number, 1.0)
    {
        PerModel = true,
        Minimum = 0,
        MinimumIsExclusive = true,
        Maximum = 1,
        Summary = "The fraction of a model's task vector that is kept.",
    };

    private protected static readonly MergeParameter Lambda =
        new("lambda", ParameterKind.Number, 1.0) { Summary = "The factor of the combined task vectors." };

    private protected static readonly MergeParameter Int8Mask =
        new("int8_mask", ParameterKind.Boolean, false) { Summary = "Accepted for mergekit's recipes; changes nothing." };

    private protected TaskVectorMethod()
    {
    }

    /// <inheritdoc />
    public sealed override BaseModelRole BaseModel => BaseModelRole.Required;

    /// <inheritdoc />
    public sealed override int MinimumModels => 2;

    /// <inheritdoc />
    public override void Merge(TensorMerge merge)
    {
        ArgumentNullException.ThrowIfNull(merge);
        merge.Map(new TaskVectorMap(merge.Base, merge.Models.Count == 0 ? [] : Sparsify(merge))
        {
            Consensus = ElectsSigns ? SignElection.Consensus(merge.Parameters) : Consensus.None,
            Divisor = ElectsSigns ? SignElection.DivisorOf(merge.Parameters) : TaskVectorDivisor.Weights,
            Normalize = merge.Parameters.Flag("normalize"),
            Lambda = merge.Parameters.Number(Lambda.Name),
        });
    }

    /// <summary>Gets whether signs are elected; a method that elects them has the parameters of <see cref="SignElection"/>, which say how.</summary>
    private protected virtual bool ElectsSigns => false;

    private protected static MergeParameter Normalize(bool otherwise) =>
        new("normalize", ParameterKind.Boolean, otherwise) { Summary = "Whether the combination is divided by the sum of the weights that went into it." };

    private protected static MergeParameter Rescale(bool otherwise) =>
        new("rescale", ParameterKind.Boolean, otherwise) { Summary = "Whether what is kept is scaled up to make good for what is dropped." };

    /// <summary>Makes the task vectors sparse.</summary>
    private protected abstract IReadOnlyList<TaskVector> Sparsify(TensorMerge merge);

    private protected static double WeightOf(TensorMerge merge, int model) => merge.Inputs[model].Parameters.Number(Weight.Name);

    private protected static double DensityOf(TensorMerge merge, int model) => merge.Inputs[model].Parameters.Number(Density.Name);

    /// <summary>Scales each task vector so that the magnitudes of what is kept sum to what all of them did: one more pass over the inputs.</summary>
    private protected static IReadOnlyList<TaskVector> RestoreMagnitudes(TensorMerge merge, IReadOnlyList<TaskVector> vectors)
    {
        IReadOnlyList<MagnitudeSums> sums = merge.Session.SumMagnitudes(vectors, merge.Base);
        return [.. vectors.Select((vector, index) => vector with
        {
            Scale = sums[index].All < SmallestMagnitudeSum || sums[index].Kept < SmallestMagnitudeSum
                ? vector.Scale
                : vector.Scale * (sums[index].All / sums[index].Kept),
        })];
    }
}
