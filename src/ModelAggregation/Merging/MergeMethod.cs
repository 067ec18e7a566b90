using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging;

/// <summary>A way to merge the tensors of several models into one. Derive from it and register it in a <see cref="MergeMethodRegistry"/> to add your own.</summary>
/// <remarks>A method has no state of its own: one instance serves all tensors, possibly from several threads.</remarks>
public abstract class MergeMethod
{
    /// <summary>Gets the name in recipes (<c>merge_method</c>), lower case with underscores.</summary>
    public abstract string Name { get; }

    /// <summary>Gets one sentence on what the method does.</summary>
    public abstract string Summary { get; }

    /// <summary>Gets the parameters that recipes may set.</summary>
    /// <value>None by default.</value>
    public virtual IReadOnlyList<MergeParameter> Parameters => [];

    /// <summary>Gets what the method does with a base model.</summary>
    /// <value><see cref="BaseModelRole.Ordinary"/> by default.</value>
    public virtual BaseModelRole BaseModel => BaseModelRole.Ordinary;

    /// <summary>Gets the smallest number of models, the base included unless it is <see cref="BaseModelRole.Optional"/>.</summary>
    /// <value>1 by default.</value>
    public virtual int MinimumModels => 1;

    /// <summary>Gets the largest number of models, the base included unless it is <see cref="BaseModelRole.Optional"/>.</summary>
    /// <value>Unlimited by default.</value>
    public virtual int MaximumModels => int.MaxValue;

    /// <summary>Gets how often the method reads each input; used to estimate the time of a plan.</summary>
    /// <value>1 by default.</value>
    public virtual int Passes => 1;

    /// <summary>Gets what statistics of the models the method weighs by.</summary>
    /// <value><see cref="MergeStatistics.None"/> by default.</value>
    public virtual MergeStatistics Statistics => MergeStatistics.None;

    /// <summary>Gets whether embeddings of models with different vocabularies are cut to the base model's rows rather than to the rows that all models have.</summary>
    /// <value>True when a base model is required.</value>
    public virtual bool KeepsBaseRows => BaseModel == BaseModelRole.Required;

    /// <summary>Estimates the memory that the method takes for one tensor, beside that of the passes.</summary>
    /// <param name="tensor">The planned tensor.</param>
    /// <returns>The bytes; 0 by default.</returns>
    public virtual long EstimateMemory(PlannedTensor tensor) => 0;

    /// <summary>Says what is wrong with the resolved parameters of one tensor, beyond the range of each. Called while planning, before anything is read.</summary>
    /// <param name="tensor">The planned tensor.</param>
    /// <returns>One sentence for each problem; none by default.</returns>
    public virtual IEnumerable<string> Validate(PlannedTensor tensor) => [];

    /// <summary>Merges one tensor: runs passes over its inputs and ends with one map or copy.</summary>
    /// <param name="merge">The tensor's inputs, parameters and output.</param>
    public abstract void Merge(TensorMerge merge);
}
