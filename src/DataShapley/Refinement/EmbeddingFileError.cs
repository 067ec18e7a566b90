namespace DataShapley.Refinement;

/// <summary>The ways in which a file of embeddings can be wrong.</summary>
public enum EmbeddingFileError
{
    /// <summary>The file is neither NumPy's nor safetensors.</summary>
    UnknownFormat,

    /// <summary>The header cannot be read.</summary>
    MalformedHeader,

    /// <summary>The numbers are of a type that is not read.</summary>
    UnsupportedType,

    /// <summary>The numbers are column after column.</summary>
    ColumnOrder,

    /// <summary>The array has not two dimensions, both above zero.</summary>
    WrongShape,

    /// <summary>The file is longer or shorter than its header says.</summary>
    WrongLength,

    /// <summary>A safetensors file has not exactly one tensor, and none was named; or the one named is not there.</summary>
    NoSuchTensor,
}
