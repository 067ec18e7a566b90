using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Tests.Merging;

/// <summary>A method with rules that those of the library do not have, and no arithmetic: planning needs none.</summary>
internal sealed class FakeMethod(string name, IReadOnlyList<MergeParameter> parameters) : MergeMethod
{
    public override string Name => name;

    public override string Summary => "Only for planning.";

    public override IReadOnlyList<MergeParameter> Parameters => parameters;

    public BaseModelRole Base { get; init; }

    public int Least { get; init; } = 1;

    public int Most { get; init; } = int.MaxValue;

    public int Reads { get; init; } = 1;

    public Func<PlannedTensor, IEnumerable<string>> Rule { get; init; } = _ => [];

    public override BaseModelRole BaseModel => Base;

    public override int MinimumModels => Least;

    public override int MaximumModels => Most;

    public override int Passes => Reads;

    public override IEnumerable<string> Validate(PlannedTensor tensor) => Rule(tensor);

    public override void Merge(TensorMerge merge) => throw new NotSupportedException();
}
