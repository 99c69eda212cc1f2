"""How the image that a network takes comes out of a case, and the shards that hold such images."""
