namespace ModelTensors.Safetensors;

/// <summary>The ways in which a safetensors file can be wrong.</summary>
public enum SafetensorsError
{
    /// <summary>The file is shorter than the eight bytes of its length prefix.</summary>
    FileTooSmall,

    /// <summary>The header claims, or would need, more than <see cref="SafetensorsHeader.MaxLength"/> bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header claims to reach beyond the end of the file.</summary>
    HeaderBeyondFile,

    /// <summary>The header does not begin with an opening brace.</summary>
    InvalidStart,

    /// <summary>The header is not valid UTF-8, or escapes half of a surrogate pair.</summary>
    InvalidUtf8,

    /// <summary>The header is not JSON, nests too deeply, or goes on after its object.</summary>
    InvalidJson,

    /// <summary>A key occurs twice: two tensors of one name, or a key twice within an entry or the metadata.</summary>
    DuplicateKey,

    /// <summary>An entry lacks a key, has an unknown one, or a value of the wrong kind.</summary>
    InvalidEntry,

    /// <summary>The metadata is not an object from strings to strings.</summary>
    InvalidMetadata,

    /// <summary>An entry has a dtype that is not known.</summary>
    UnknownDataType,

    /// <summary>A shape has more elements, or bytes, than fit 63 bits.</summary>
    ShapeOverflow,

    /// <summary>A tensor ends before it begins.</summary>
    InvalidOffsets,

    /// <summary>A tensor reaches beyond the end of the file.</summary>
    OffsetBeyondFile,

    /// <summary>The bytes of a tensor are not the product of its shape and the size of its elements.</summary>
    SizeMismatch,

    /// <summary>Bytes before a tensor belong to none.</summary>
    Hole,

    /// <summary>Two tensors share bytes.</summary>
    Overlap,

    /// <summary>Bytes after the last tensor belong to none.</summary>
    TrailingBytes,

    /// <summary>The file ended while a tensor was read: it has shrunk since it was opened.</summary>
    Truncated,
}
