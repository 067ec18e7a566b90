namespace ModelAggregation.Mixture;

/// <summary>How the experts of a mixture of feed-forward blocks are stored.</summary>
public enum MixtureLayout
{
    /// <summary>A tensor for each matrix of each expert, as transformers 4 and Model-GLUE have it: <c>block_sparse_moe.experts.{e}.w1</c>, <c>w2</c>, <c>w3</c>.</summary>
    Classic,

    /// <summary>All experts of a layer in two tensors, as transformers 5 has it: <c>mlp.experts.gate_up_proj</c> and <c>mlp.experts.down_proj</c>.</summary>
    Packed,
}
