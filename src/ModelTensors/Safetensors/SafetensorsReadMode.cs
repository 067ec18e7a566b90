namespace ModelTensors.Safetensors;

/// <summary>How the tensors of a safetensors file are read.</summary>
public enum SafetensorsReadMode
{
    /// <summary>By reads into the caller's buffers. A file that shrinks meanwhile is an exception.</summary>
    Positioned,

    /// <summary>
    /// Through a memory mapping, whose sources lend spans without copying. A file that shrinks meanwhile ends the process with a
    /// signal on Unix: for files that nobody else writes.
    /// </summary>
    Mapped,
}
