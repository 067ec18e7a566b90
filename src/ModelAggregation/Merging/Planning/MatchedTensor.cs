using ModelTensors;

namespace ModelAggregation.Merging.Planning;

/// <summary>The inputs of an output tensor, before types and parameters are decided.</summary>
internal sealed record MatchedTensor(string Name, IReadOnlyList<MatchedInput> Inputs, int BaseIndex, bool IsEmbedding)
{
    /// <summary>Gets whether the tensor holds integers, which are copied.</summary>
    public bool IsCopied => !Inputs[0].Tensor.DataType.IsFloatingPoint;

    /// <summary>Gets the type that the inputs suggest for the output.</summary>
    public DataType NaturalType
    {
        get
        {
            DataType first = Inputs[Math.Max(BaseIndex, 0)].StoredType;
            bool isCommon = BaseIndex >= 0 || Inputs.All(input => input.StoredType == first);
            // An 8-bit float without its scales is no type to write; what it holds fits BF16.
            return !isCommon ? DataType.F32 : first.IsFloat8 ? DataType.BF16 : first;
        }
    }
}

/// <summary>One model's tensor.</summary>
internal sealed record MatchedInput(SourceLayout Source, string Name, TensorSource Tensor)
{
    /// <summary>Gets the type in the model's files, whatever the rows are read as after they were put in another order.</summary>
    public DataType StoredType { get; } = Tensor.StoredDataType;
}
